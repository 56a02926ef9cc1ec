use super::{Case, Level, SyntaxError, syntax};

/// The case files, in the order in which they are played.
const FILES: [(&str, &str); 9] = [
    ("lines.txt", include_str!("../../cases/lines.txt")),
    ("fields.txt", include_str!("../../cases/fields.txt")),
    ("iamat.txt", include_str!("../../cases/iamat.txt")),
    ("whatsat.txt", include_str!("../../cases/whatsat.txt")),
    ("invalid.txt", include_str!("../../cases/invalid.txt")),
    ("herd.txt", include_str!("../../cases/herd.txt")),
    ("peer.txt", include_str!("../../cases/peer.txt")),
    ("dialled.txt", include_str!("../../cases/dialled.txt")),
    ("closing.txt", include_str!("../../cases/closing.txt")),
];

/// A collection of cases.
#[derive(Clone, Debug, Default)]
pub struct Suite {
    cases: Vec<Case>,
}

impl Suite {
    /// The project's own cases. An error is a slip in a file that was built in; the tests rule it out.
    pub fn builtin() -> Result<Self, SyntaxError> {
        let mut suite = Self::default();
        for (file, text) in FILES {
            suite.add(file, text)?;
        }
        Ok(suite)
    }

    /// Adds the cases of a file of one's own.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), SyntaxError> {
        self.cases.extend(syntax::parse(file, text)?);
        Ok(())
    }

    /// The cases, in the order in which they are played.
    #[must_use]
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// The cases that a level demands and one of the patterns names; no pattern names all.
    ///
    /// A pattern is a case's name, in which `*` stands for anything, or the beginning of a rule's number: `2` is all of
    /// section 2, `2.5` is that rule alone.
    #[must_use]
    pub fn select(&self, level: Level, patterns: &[String]) -> Self {
        let is_meant = |case: &&Case| {
            case.level <= level && (patterns.is_empty() || patterns.iter().any(|pattern| names(pattern, case)))
        };
        Self { cases: self.cases.iter().filter(is_meant).cloned().collect() }
    }
}

fn names(pattern: &str, case: &Case) -> bool {
    if pattern.starts_with(|c: char| c.is_ascii_digit()) {
        let section = format!("{pattern}.");
        return case.rules.iter().any(|rule| rule == pattern || rule.starts_with(&section));
    }
    fits(pattern.as_bytes(), case.name.as_bytes())
}

fn fits(pattern: &[u8], name: &[u8]) -> bool {
    match pattern.split_first() {
        None => name.is_empty(),
        Some((b'*', rest)) => (0..=name.len()).any(|skip| fits(rest, &name[skip..])),
        Some((byte, rest)) => name.split_first().is_some_and(|(first, name)| first == byte && fits(rest, name)),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn the_built_in_cases_can_be_read_and_are_complete() {
        let suite = Suite::builtin().expect("readable cases");
        let names: BTreeSet<_> = suite.cases().iter().map(|case| &case.name).collect();
        assert_eq!(names.len(), suite.cases().len(), "two cases of one name");
        for case in suite.cases() {
            assert!(!case.about.is_empty(), "{} does not say what must hold", case.name);
            assert!(!case.steps.is_empty(), "{} has no steps", case.name);
        }
    }

    #[test]
    fn every_rule_that_a_client_can_see_has_a_case() {
        let suite = Suite::builtin().expect("readable cases");
        let sections = [("1", 7), ("2", 7), ("3", 7)];
        let rules = sections.iter().flat_map(|(section, last)| (1..=*last).map(move |n| format!("{section}.{n}")));
        for rule in rules.chain(["4".to_owned(), "6.1".to_owned()]) {
            assert!(suite.cases().iter().any(|case| case.rules.contains(&rule)), "no case for rule {rule}");
        }
    }

    #[test]
    fn patterns_name_cases_and_rules() {
        let mut suite = Suite::default();
        suite.add("f", "[one] rule 2.1 assignment\n> x\n[other] rule 2.10,4 strict\n> x\n").expect("cases");
        let count = |level, pattern: &str| suite.select(level, &[pattern.to_owned()]).cases().len();
        assert_eq!(count(Level::Strict, "o*"), 2);
        assert_eq!(count(Level::Assignment, "o*"), 1);
        assert_eq!(count(Level::Strict, "*he*"), 1);
        assert_eq!(count(Level::Strict, "2"), 2);
        assert_eq!(count(Level::Strict, "2.1"), 1);
        assert_eq!(count(Level::Strict, "4"), 1);
        assert_eq!(count(Level::Strict, "on"), 0);
    }
}
