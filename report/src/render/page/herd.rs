use maud::{Markup, html};

use super::part::{raw, scrolled, table, text, value, variant};
use crate::{
    analysis::HerdCosts,
    render::{
        format::{Unit, shortened},
        view::View,
    },
};

/// Longest name of a server over a column, in characters.
const LONGEST_SERVER: usize = 18;
/// What stands over the columns, before and after those of the servers.
pub(crate) const SEEN: [&str; 5] =
    ["Seen at the farthest, p50", "p90", "in null round trips", "null round trip", "reply, p50"];
/// Likewise.
pub(crate) const UNDER_LOAD: [&str; 3] = ["Updates a second", "Settled within", "Records per update"];
/// What a reader must know to read them.
pub(crate) const CAPTION: &str = "Updates are told at Goloman. At a light load, from the intended start of an update \
                                  until it is seen two links away, where Welsh stands; a null round trip is the median reply of a \
                                  server that only replies, at the same rate. Under load, the time after its end until all five \
                                  servers had shown every acknowledged record, and the processor time of each per update.";

/// The herd of each variant; nothing where the plan has none.
pub(crate) fn figures(view: View<'_>) -> Markup {
    let herd = &view.analysis.herd;
    let headings: Vec<String> = headings(herd).into_iter().chain(["Raw, by block".to_owned()]).collect();
    let headings: Vec<&str> = headings.iter().map(String::as_str).collect();
    html! {
        @if !herd.is_empty() {
            div #herd {
                h3 { "The herd" }
                p.soft { (CAPTION) }
                (scrolled("The herd", &table(&headings, herd.iter().map(|one| row(view, one)).collect())))
            }
        }
    }
}

/// All columns but the raw files: the variant, what is seen, what is settled, and each server's processor time.
pub(crate) fn headings(herd: &[HerdCosts]) -> Vec<String> {
    let servers = herd.iter().map(|one| &one.cpu_per_update_us).max_by_key(|servers| servers.len());
    let servers = servers.into_iter().flatten().map(|(name, _)| format!("CPU, {}", shortened(name, LONGEST_SERVER)));
    let before = ["Variant"].iter().chain(&SEEN).chain(&UNDER_LOAD).map(|heading| (*heading).to_owned());
    before.chain(servers).collect()
}

/// What it says where runs lost updates.
pub(crate) fn losses(one: &HerdCosts) -> String {
    match one.lost {
        0 => String::new(),
        1 => "; 1 run LOST updates".to_owned(),
        lost => format!("; {lost} runs LOST updates"),
    }
}

fn row(view: View<'_>, one: &HerdCosts) -> Vec<Markup> {
    let mut cells = vec![variant(view, &one.variant)];
    for (estimate, unit) in one.seen() {
        cells.push(value(estimate, unit, &one.why));
    }
    cells.push(value(one.updates_per_s.as_ref(), Unit::PerSecond, &one.why));
    cells.push(html! { (value(one.settled_us.as_ref(), Unit::Us, &one.why)) (text(losses(one))) });
    cells.push(value(one.records_per_update.as_ref(), Unit::Count, ""));
    cells.extend(one.cpu_per_update_us.iter().map(|(_, estimate)| value(estimate.as_ref(), Unit::Us, "")));
    let sources = [&one.seen_p50_us, &one.settled_us].into_iter().flatten().map(|estimate| raw(&estimate.sources));
    cells.push(html! { @for (index, files) in sources.enumerate() { @if index > 0 { "; " } (files) } });
    cells
}

impl HerdCosts {
    /// The columns of what is seen.
    pub(crate) fn seen(&self) -> [(Option<&crate::analysis::Estimate>, Unit); 5] {
        [
            (self.seen_p50_us.as_ref(), Unit::Us),
            (self.seen_p90_us.as_ref(), Unit::Us),
            (self.seen_in_round_trips.as_ref(), Unit::Count),
            (self.null_p50_us.as_ref(), Unit::Us),
            (self.reply_p50_us.as_ref(), Unit::Us),
        ]
    }
}
