use maud::{Markup, html};

use crate::{
    claims::{Agreement, JudgedClaim, JudgedPart, Line, Verdict, claims, discussions},
    render::{
        svg::{Bars, is_bar},
        table::{figure, folded, raw, scrolled, table},
        view::View,
    },
};

/// The claims of the original report beside what was measured: one table, both discussions, and each claim with its picture, its
/// figures, its rule and its raw data.
pub(crate) fn section(view: View<'_>) -> Markup {
    let judged = &view.analysis.claims;
    // The project's own claim files are sound, which a test sees to.
    let discussions = discussions(&claims().unwrap_or_default(), judged);
    html! {
        section #claims aria-labelledby="claims-heading" {
            h2 #claims-heading { "The claims of the original report" }
            p.soft { "The herd's original report argued for asyncio without measuring. Each of its claims has a null hypothesis and a rule, "
                "and the rule alone gives the verdict. All intervals of a claim hold at once, at 95 %." }
            (scrolled("The claims", &overview(judged)))
            @for discussion in discussions.iter().filter(|one| !one.sentences.is_empty()) {
                h3 { (discussion.opponent.title()) }
                ul { @for sentence in &discussion.sentences { li { (sentence) } } }
            }
            h3 { "Each claim" }
            @for claim in judged { (folded(&summary(claim), &whole(claim))) }
        }
    }
}

fn overview(judged: &[JudgedClaim]) -> Markup {
    let row = |claim: &JudgedClaim| {
        vec![
            html! { (claim.number) },
            html! { (claim.claim) },
            html! { strong { (claim.verdict.words()) } },
            html! { (claim.words) },
        ]
    };
    table(&["", "Claim", "Verdict", "What was measured"], judged.iter().map(row).collect())
}

fn summary(claim: &JudgedClaim) -> String {
    format!("{}. {} {}", claim.number, claim.claim, sentence_case(claim.verdict))
}

fn sentence_case(verdict: Verdict) -> String {
    let words = verdict.words();
    let (first, rest) = words.split_at(1);
    format!("{}{rest}.", first.to_uppercase())
}

fn whole(claim: &JudgedClaim) -> Markup {
    html! {
        p { strong { "Null hypothesis: " } (claim.null) }
        @for part in &claim.parts { (one_part(part)) }
        p { strong { "What would change the verdict: " } (claim.changes) }
        p { strong { "The strongest objection: " } (claim.objection) }
        @if !claim.published.is_empty() { (scrolled("Published figures", &published(&claim.published))) }
    }
}

fn one_part(part: &JudgedPart) -> Markup {
    let drawn: Vec<&Line> = part.lines.iter().filter(|line| is_bar(line)).collect();
    html! {
        h4 { (part.name) ": " (part.verdict.words()) }
        p { (part.words) ". " span.soft { "Rule: " (part.rule) "." } }
        @if !part.lines.is_empty() {
            @let figures = scrolled(&part.name, &figures(part));
            @if drawn.is_empty() { (figures) } @else { (figure(&Bars { title: &part.name, lines: drawn }.picture(), &figures)) }
        }
    }
}

fn figures(part: &JudgedPart) -> Markup {
    let row = |line: &Line| {
        vec![html! { (line.what) }, html! { span.num { (line.figure) } }, html! { (line.n) }, raw(&line.sources)]
    };
    table(&["Of whom, what", "Figure", "From", "Raw"], part.lines.iter().map(row).collect())
}

fn published(all: &[Agreement]) -> Markup {
    let row = |one: &Agreement| {
        vec![
            html! { (one.what) },
            html! { (one.says) },
            html! { (one.source) },
            html! { (one.here) },
            html! { strong { (one.agrees.words()) } },
        ]
    };
    table(&["Published", "It says", "Source", "Here", "Whether both agree"], all.iter().map(row).collect())
}
