//! `loadgen show` and `loadgen run --html` as somebody calls them.

use std::{fs, path::Path, process::Command};

use loadgen::result::EXAMPLE_RUN;

fn loadgen(arguments: &[&str], directory: &Path) -> (i32, String, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_loadgen")).args(arguments).current_dir(directory).output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn results_are_shown_as_a_table_and_as_a_page() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("before.json"), EXAMPLE_RUN).unwrap();
    fs::write(directory.path().join("after.json"), EXAMPLE_RUN).unwrap();
    let (status, out, err) = loadgen(&["show", "before.json", "after.json", "--html", "both.html"], directory.path());
    assert_eq!((status, err.as_str()), (0, ""));
    assert!(out.starts_with("Run ") && out.contains("\nbefore ") && out.contains("\nafter "), "{out}");
    let page = fs::read_to_string(directory.path().join("both.html")).unwrap();
    assert!(page.contains("before") && page.contains("after"));
    let (_, piped, _) = loadgen(&["show", "before.json", "after.json", "--html", "-"], directory.path());
    assert_eq!(piped, page, "the page alone, and the same again");
}

#[test]
fn runs_of_one_file_name_are_named_by_their_paths() {
    let directory = tempfile::tempdir().unwrap();
    for folder in ["a", "b"] {
        fs::create_dir(directory.path().join(folder)).unwrap();
        fs::write(directory.path().join(folder).join("run.json"), EXAMPLE_RUN).unwrap();
    }
    let (_, out, _) = loadgen(&["show", "a/run.json", "b/run.json"], directory.path());
    assert!(out.contains("\na/run.json ") && out.contains("\nb/run.json "), "{out}");
}

#[test]
fn what_is_no_result_is_refused_with_the_reason() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("sweep.json"), r#"{"format":"loadgen-sweep/1"}"#).unwrap();
    let (status, _, err) = loadgen(&["show", "sweep.json"], directory.path());
    assert_eq!(status, 2);
    assert!(err.contains("sweep.json") && err.contains("no such result"), "{err}");
    let (status, _, err) = loadgen(&["show", "none.json"], directory.path());
    assert_eq!(status, 2);
    assert!(err.contains("none.json"), "{err}");
}
