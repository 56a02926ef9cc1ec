//! The page in a browser: in both themes, on a desk and on a phone.

use std::fs;

use serde_json::json;

use crate::{devtools::Browser, whole::all};

/// Opens all that is folded, and says how much wider than its window the page is and which pictures are empty.
const LOOK: &str = "(() => {
    document.querySelectorAll('details').forEach(one => one.open = true);
    const pictures = [...document.querySelectorAll('svg')].filter(svg => svg.checkVisibility());
    const isEmpty = svg => { const box = svg.getBBox(); return !(box.width > 0 && box.height > 0); };
    return {
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        empty: pictures.filter(isEmpty).length,
        pictures: pictures.length,
    };
})()";

#[test]
fn pages_are_sound_on_desks_and_phones_in_both_themes() {
    let Some(mut browser) = Browser::start() else { return };
    let directory = tempfile::tempdir().unwrap();
    for (name, page) in all() {
        let file = directory.path().join("page.html");
        fs::write(&file, page).unwrap();
        for (width, theme) in [(1280, "light"), (1280, "dark"), (360, "light"), (360, "dark")] {
            let mut tab = browser.tab(width, 800);
            let features = json!([{"name": "prefers-color-scheme", "value": theme}]);
            tab.call("Emulation.setEmulatedMedia", &json!({"media": "screen", "features": features}));
            tab.open(&file);
            let seen = tab.evaluate(LOOK);
            assert!(seen["wide"].as_f64().unwrap() <= 0.0, "{name}, {width} wide: {seen}");
            assert_eq!(seen["empty"], json!(0), "{name}, {width} wide: {seen}");
            assert!(name == "failed" || seen["pictures"].as_u64().unwrap() >= 3, "{name}: {seen}");
            let requests = tab.events(&["Network.requestWillBeSent"]);
            let is_own = |url: &str| url.ends_with("/page.html");
            assert!(requests.iter().all(|one| is_own(one["request"]["url"].as_str().unwrap())), "{name}: {requests:?}");
            assert!(tab.events(&["Runtime.exceptionThrown", "Log.entryAdded"]).is_empty(), "{name}");
        }
    }
}
