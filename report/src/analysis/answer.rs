use serde::{Deserialize, Serialize};

/// The answer: what a reader takes along who reads no further.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Answer {
    /// Three sentences, computed from the rows.
    pub sentences: Vec<String>,
    /// Threads against async, by situation.
    pub situations: Vec<Situation>,
}

/// One line of the answer's table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Situation {
    /// In words, such as "few busy connections".
    pub name: String,
    /// The row that it quotes (`Row::id`).
    pub row: String,
}
