/// What is wrong with a model server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nothing.
    None,
    /// Closes after its first reply.
    ClosesEarly,
    /// Never answers.
    Hangs,
    /// Answers half of its reply and no more.
    AnswersHalf,
    /// Sends bytes without end and without an LF.
    Babbles,
    /// Sends a line nobody asked for after each reply.
    SaysMore,
    /// Swaps the replies of commands that came together.
    Reorders,
    /// Echoes invalid lines without the white space around them.
    TrimsEcho,
    /// Writes the skew in whole microseconds.
    RoundsSkew,
    /// Computes the skew in floating point.
    FloatSkew,
    /// Leaves the plus sign out.
    UnsignedSkew,
    /// Has a clock that is two seconds fast.
    WrongClock,
    /// Splits fields at 0xA0 too.
    SplitsMore,
    /// Takes times that `f64` takes.
    FloatTime,
    /// Writes locations anew.
    RewritesLocation,
    /// Compares times as text.
    ComparesText,
    /// Keeps what came last.
    LastComeWins,
    /// Shows what other servers were told under its own name.
    RewritesOrigin,
    /// Ends the document with three LFs.
    ThreeLfs,
    /// Has an empty line inside the document.
    EmptyLineInside,
    /// Ignores the bound on results.
    IgnoresBound,
    /// Calls no results `OK`.
    EmptyOk,
    /// Closes on an oversized line with input unread, so that a reset follows.
    Resets,
    /// Goes on after an oversized line.
    KeepsOversized,
    /// Leaves out the CR rule.
    KeepsCr,
    /// Does not answer a last line without terminator.
    DropsLastLine,
    /// Stays open after the end of input.
    StaysOpen,
    /// Takes AT lines on its client port.
    TakesAt,
    /// Executes what follows the head of an HTTP request.
    TakesHttp,
    /// Tells nobody what it was told.
    KeepsToItself,
    /// Acknowledges whatever number.
    AcksAnything,
    /// Ends a link at the first bad record.
    EndsAtBadRecord,
    /// Lets anyone in.
    LetsAnyoneIn,
    /// Keeps the older of two links.
    KeepsOlderLink,
}
