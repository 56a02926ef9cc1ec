use std::net::TcpListener;

use herd::config::DEFAULT_TOML;
use tempfile::TempDir;

use crate::process::{Running, config, file, own_address};

/// What `check` says of a config: exit code and stderr.
fn check(text: &str) -> (i32, String) {
    let dir = TempDir::new().unwrap();
    let (code, out, err) = Running::run(&["check", "--config", &file(&dir, text)]);
    assert_eq!(out, "");
    (code, err)
}

/// The first address of a server's ready line.
fn clients_of(args: &[&str], variables: &[(&str, &str)]) -> String {
    let mut running = Running::start(args, variables);
    let ready = running.wait_for("ready A ");
    ready.split(' ').nth(2).unwrap().to_owned()
}

#[test]
fn the_printed_config_is_the_default_one() {
    let (code, out, _) = Running::run(&["config"]);
    assert_eq!((code, out.as_str()), (0, DEFAULT_TOML));
}

#[test]
fn a_sound_config_is_a_table() {
    let dir = TempDir::new().unwrap();
    let addr = own_address();
    let (code, out, err) = Running::run(&["check", "--config", &config(&dir, addr)]);
    assert_eq!((code, err.as_str()), (0, ""));
    assert!(out.contains(&format!("Welsh    {addr}:12003")), "{out}");
}

#[test]
fn a_bad_line_is_told_with_line_and_column() {
    let (code, err) = check("[limits]\nmax_client = 5\n");
    assert_eq!(code, 2);
    assert!(err.contains("herd.toml:2:1: unknown field `max_client`") && err.contains("`max_clients`"), "{err}");
}

#[test]
fn a_name_twice_is_refused() {
    let (code, err) = check(&DEFAULT_TOML.replace("name = \"Welsh\"", "name = \"Hands\""));
    assert_eq!(code, 2);
    assert!(err.contains("two servers are called Hands"), "{err}");
}

#[test]
fn a_herd_in_parts_is_refused() {
    let (code, err) = check(&DEFAULT_TOML.replace("[\"Welsh\", \"Wilkes\"]", "[\"Wilkes\"]"));
    assert_eq!(code, 2);
    assert!(err.contains("(Goloman, Hands, Holiday, Wilkes) and (Welsh)"), "{err}");
}

#[test]
fn a_config_that_is_not_there_is_named() {
    let (code, _, err) = Running::run(&["up", "--config", "no/such.toml"]);
    assert_eq!(code, 2);
    assert!(err.contains("no/such.toml: cannot be read"), "{err}");
}

#[test]
fn an_unknown_server_is_told_which_there_are() {
    let (code, _, err) = Running::run(&["serve", "Welch"]);
    assert_eq!(code, 2);
    assert!(err.contains("Goloman, Hands, Holiday, Welsh, Wilkes"), "{err}");
}

#[test]
fn an_unknown_flag_is_a_misuse() {
    assert_eq!(Running::run(&["serve", "Welsh", "--frobnicate"]).0, 2);
}

#[test]
fn flags_stand_before_the_environment_and_that_before_the_config() {
    let dir = TempDir::new().unwrap();
    let alone = "[[server]]\nname = \"A\"\nclients = \"127.0.0.2:0\"\npeers = \"127.0.0.2:0\"\nadmin = \"127.0.0.2:0\"";
    let path = file(&dir, alone);
    let (serve, variable) = (["serve", "A", "--listen", "127.0.0.4:0"], ("HERD_LISTEN", "127.0.0.3:0"));
    let config = ("HERD_CONFIG", path.as_str());
    assert!(clients_of(&serve[..2], &[config]).starts_with("127.0.0.2:"));
    assert!(clients_of(&serve[..2], &[config, variable]).starts_with("127.0.0.3:"));
    assert!(clients_of(&serve, &[config, variable]).starts_with("127.0.0.4:"));
}

#[test]
fn a_ready_line_carries_the_ports_that_the_system_chose() {
    let mut running =
        Running::start(&["serve", "Alone", "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0"], &[]);
    let ready = running.wait_for("ready Alone ");
    let ports: Vec<u16> =
        ready.split(' ').skip(2).map(|addr| addr.rsplit_once(':').unwrap().1.parse().unwrap()).collect();
    assert!(ports.len() == 3 && ports.iter().all(|&port| port > 0), "{ready}");
    running.signal(rustix::process::Signal::TERM);
    assert_eq!(running.exit_code(), 0);
}

#[test]
fn an_address_in_use_is_told_with_the_way_out() {
    let holder = TcpListener::bind("127.0.0.1:0").unwrap();
    let addr = holder.local_addr().unwrap().to_string();
    let (code, out, err) = Running::run(&["serve", "A", "--listen", "127.0.0.1:0", "--peer-listen", &addr]);
    assert_eq!((code, out.as_str()), (1, ""));
    let expected = format!("cannot listen for peers on {addr}: address in use; choose another with --peer-listen");
    assert!(err.contains(&expected), "{err}");
}

#[test]
fn a_server_does_not_start_without_the_parent_it_is_to_end_with() {
    let (code, _, err) = Running::run(&["serve", "Welsh", "--exit-with-parent", &i32::MAX.to_string()]);
    assert_eq!(code, 1);
    assert!(err.contains("the parent has ended"), "{err}");
}

#[test]
fn an_empty_variable_counts_as_unset() {
    const VARIABLES: [&str; 14] = [
        "HERD_CONFIG",
        "HERD_LISTEN",
        "HERD_PEER_LISTEN",
        "HERD_ADMIN_LISTEN",
        "HERD_PEERS",
        "HERD_PLACES",
        "HERD_PLACES_IN_FLIGHT",
        "HERD_PLACES_KEY_FILE",
        "HERD_JOURNAL",
        "HERD_JOURNAL_DIR",
        "HERD_JOURNAL_MAX_BYTES",
        "HERD_MAX_CLIENTS",
        "HERD_PLACES_KEY",
        "HERD_LOG",
    ];
    let empty = VARIABLES.map(|variable| (variable, ""));
    let serve = ["serve", "A", "--listen", "127.0.0.1:0", "--peer-listen", "127.0.0.1:0"];
    assert!(clients_of(&serve, &empty).starts_with("127.0.0.1:"));
    assert_eq!(Running::start(&["check"], &empty).exit_code(), 0);
    assert_eq!(Running::start(&["up", "--config", "no/such.toml"], &empty).exit_code(), 2);
    let mut asking = Running::start(&["ask", "--server", "Nobody", "x"], &empty);
    assert_eq!(asking.exit_code(), 2);
    assert!(asking.err.contains("no server of the herd is called Nobody"), "{}", asking.err);
}

#[test]
fn directives_that_mean_nothing_are_a_misuse() {
    let mut running = Running::start(&["serve", "Welsh"], &[("HERD_LOG", "herd=loud")]);
    assert_eq!(running.exit_code(), 2);
    assert!(running.err.contains("HERD_LOG"), "{}", running.err);
}
