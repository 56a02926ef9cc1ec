use std::{fs, net::Ipv4Addr};

use loadgen::check::{Level, Targets};
use report::variant::{Launch, Running, Variant, VariantError};
use tempfile::TempDir;

use crate::{check::play, client::own_address, variants::directory};

/// The example of a server of the original assignment, at an address of its own in place of its fixed one.
fn student(addr: Ipv4Addr) -> (TempDir, Variant) {
    let dir = TempDir::new().unwrap();
    for file in ["student.py", "student.variant.toml"] {
        let text = fs::read_to_string(directory().join("example").join(file)).unwrap();
        assert!(text.contains("127.0.0.1"));
        fs::write(dir.path().join(file), text.replace("127.0.0.1", &addr.to_string())).unwrap();
    }
    let variant = Variant::read(&dir.path().join("student.variant.toml")).unwrap();
    (dir, variant)
}

fn start(variant: &Variant, addr: Ipv4Addr) -> Result<Running, VariantError> {
    // What it is told here it cannot hear.
    variant.start(&Launch::alone("Goloman", (addr, 0).into()))
}

#[test]
fn a_server_of_the_assignment_is_checked_from_a_variant_file_alone() {
    let addr = own_address();
    let (_dir, variant) = student(addr);
    variant.require().unwrap();
    let server = start(&variant, addr).unwrap();
    assert_eq!(server.ready().clients, (addr, 21580).into());
    play(&Targets { clients: vec![server.ready().clients], peer: None }, Level::Assignment);
}

#[test]
fn a_server_that_runs_already_is_not_taken_for_the_one_to_be_started() {
    let addr = own_address();
    let (_dir, variant) = student(addr);
    let running = start(&variant, addr).unwrap();
    let told = start(&variant, addr).err().unwrap().to_string();
    assert_eq!(told, format!("student cannot be started: another process listens at {addr}:21580; end it first"));
    running.kill();
    start(&variant, addr).unwrap();
}

#[test]
fn the_readme_shows_the_example_as_it_is() {
    let readme = fs::read_to_string(directory().join("README.md")).unwrap();
    let file = fs::read_to_string(directory().join("example/student.variant.toml")).unwrap();
    let (_comment, settings) = file.split_once('\n').unwrap();
    let shown = settings.lines().fold(String::new(), |shown, line| format!("{shown}    {line}\n"));
    assert!(readme.contains(&shown), "README.md does not show\n{shown}");
}
