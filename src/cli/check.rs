use super::{Failure, args::CheckArgs, table::table, terminal};
use crate::config::{Herd, Server};

/// Prints the herd that a config means; a config that means none is a misuse.
pub(super) fn check(args: &CheckArgs) -> Result<(), Failure> {
    terminal::print(describe(&args.config.herd()?))
}

fn describe(herd: &Herd) -> String {
    let titles = ["server", "clients", "peers", "admin", "talks with"].map(str::to_owned);
    let rows: Vec<_> = std::iter::once(titles).chain(herd.servers().iter().map(row)).collect();
    table(&rows)
}

fn row(server: &Server) -> [String; 5] {
    let talks_with: Vec<_> = server.talks_with.iter().map(ToString::to_string).collect();
    [
        server.name.to_string(),
        server.clients.to_string(),
        server.peers.to_string(),
        server.admin.to_string(),
        talks_with.join(", "),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_herd_is_a_table() {
        insta::assert_snapshot!(describe(&Herd::default()));
    }
}
