use super::server::Server;

/// The servers of a block.
pub(super) struct Crew {
    pub(super) members: Vec<Member>,
    /// Whether an earlier session ran a part of this block.
    pub(super) is_resumed: bool,
}

/// One of them.
pub(super) struct Member {
    /// The variant's name.
    pub(super) name: String,
    /// None where it could not be started, or has ended.
    pub(super) server: Option<Server>,
}

impl Crew {
    /// The servers of these names.
    pub(super) fn servers(&self, is_meant: impl Fn(&str) -> bool) -> Vec<&Server> {
        let meant = self.members.iter().filter(|member| is_meant(&member.name));
        meant.filter_map(|member| member.server.as_ref()).collect()
    }

    /// The server of a variant, where it has one.
    pub(super) fn server(&self, name: &str) -> Option<&Server> {
        self.members.iter().find(|member| member.name == name)?.server.as_ref()
    }

    /// Counts a server's replies; says how it ended, if it has, and what it said last.
    pub(super) fn note(&mut self, name: &str, replies: u64) -> (Option<String>, String) {
        let member = self.members.iter_mut().find(|member| member.name == name);
        let Some(server) = member.and_then(|member| member.server.as_mut()) else { return (None, String::new()) };
        server.replies += replies;
        (server.ended(), server.said())
    }
}
