//! The page in a browser: in both themes, on a phone, on paper, and with scripts turned off.

use std::{fs, path::PathBuf};

use report::{analysis::Analysis, render};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::{
    devtools::{Browser, Tab},
    sample::analysis,
};

/// Opens all that is folded, and says how wide the page is and which pictures are empty.
const LOOK: &str = "(() => {
    document.querySelectorAll('details').forEach(one => one.open = true);
    const pictures = [...document.querySelectorAll('svg')].filter(svg => svg.checkVisibility());
    const isEmpty = svg => { const box = svg.getBBox(); return !(box.width > 0 && box.height > 0); };
    return {
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        empty: pictures.filter(isEmpty).map(svg => svg.outerHTML.slice(0, 300)).slice(0, 3),
    };
})()";
/// Where the last sentence of the answer ends, from the top of the window.
const ANSWER: &str = "document.querySelector('.sentences').getBoundingClientRect().bottom";

/// A page in a file.
fn written(analysis: &Analysis) -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("index.html");
    fs::write(&file, render::page(analysis).unwrap()).unwrap();
    (directory, file)
}

fn in_theme(tab: &mut Tab<'_>, theme: &str) {
    let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
    tab.call("Emulation.setEmulatedMedia", &json!({"media": "screen", "features": features}));
}

fn assert_sound(name: &str, tab: &mut Tab<'_>) {
    let seen = tab.evaluate(LOOK);
    assert!(seen["wide"].as_f64().unwrap() <= 0.0, "{name} is wider than its window: {seen}");
    assert_eq!(seen["empty"], json!([]), "{name} has empty pictures");
    let errors = tab.events(&["Runtime.consoleAPICalled", "Runtime.exceptionThrown", "Log.entryAdded"]);
    assert!(errors.is_empty(), "{name}: {errors:?}");
    let requests = tab.events(&["Network.requestWillBeSent"]);
    let is_own = |request: &&Value| request["request"]["url"].as_str().unwrap().ends_with("/index.html");
    assert!(requests.iter().all(is_own), "{name} loads something: {requests:?}");
}

#[test]
fn pages_are_sound_on_desks_and_phones_in_both_themes() {
    let Some(mut browser) = Browser::start() else { return };
    for (name, analysis) in crate::whole::all() {
        let (_directory, file) = written(&analysis);
        for (width, height, theme) in
            [(1280, 900, "light"), (1280, 900, "dark"), (360, 740, "light"), (360, 740, "dark")]
        {
            let mut tab = browser.tab(width, height);
            in_theme(&mut tab, theme);
            tab.open(&file);
            assert_sound(&format!("{name}, {theme}, {width} wide"), &mut tab);
        }
    }
}

#[test]
fn a_phone_shows_a_page_that_can_be_scrolled_through() {
    let (_directory, file) = written(&analysis());
    let Some(mut browser) = Browser::start() else { return };
    let mut tab = browser.tab(360, 740);
    tab.open(&file);
    let height = tab.evaluate("document.documentElement.scrollHeight").as_f64().unwrap();
    assert!(height < 9_000.0, "{height} pixels: what explains the answer is to be folded");
}

#[test]
fn the_themes_differ_and_paper_is_light() {
    let (_directory, file) = written(&analysis());
    let Some(mut browser) = Browser::start() else { return };
    let mut tab = browser.tab(1280, 900);
    tab.open(&file);
    let mut ground = |media: &str, theme: &str| {
        let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
        tab.call("Emulation.setEmulatedMedia", &json!({"media": media, "features": features}));
        tab.evaluate("getComputedStyle(document.body).backgroundColor")
    };
    assert_eq!(ground("screen", "light"), json!("rgb(255, 255, 255)"));
    assert_ne!(ground("screen", "dark"), json!("rgb(255, 255, 255)"));
    assert_eq!(ground("print", "dark"), json!("rgb(255, 255, 255)"));
}

#[test]
fn the_answer_is_on_the_first_screen_of_a_phone_without_scripts() {
    let (_directory, file) = written(&analysis());
    let Some(mut browser) = Browser::start() else { return };
    let mut tab = browser.tab(360, 740);
    tab.call("Emulation.setScriptExecutionDisabled", &json!({"value": true}));
    tab.open(&file);
    let bottom = tab.evaluate(ANSWER).as_f64().unwrap();
    assert!(bottom <= 740.0, "the answer ends at {bottom}");
    let text = tab.evaluate("document.querySelector('main').textContent");
    let text = text.as_str().unwrap();
    for part in ["The answer", "Tasks are faster", "waiting 50 ms", "Every comparison", "Do it again"] {
        assert!(text.contains(part), "{part} cannot be read");
    }
}
