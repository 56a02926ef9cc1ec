use maud::{Markup, Render, html};

use crate::{
    analysis::{Answer, AnswerPart, Row, Situation},
    render::{
        OPPOSED,
        svg::{Forest, heat_picture, is_drawn},
        table::{scrolled, variant},
        text::anchor,
        view::{View, Winner, is_opposed, is_void, short, versus, winner},
    },
};

/// Section 1: what a reader takes along who reads no further.
pub(crate) fn section(view: View<'_>) -> Markup {
    let answer = &view.analysis.answer;
    let named: Vec<_> = answer.situations.iter().map(|one| (one, view.row(&one.row))).collect();
    let rows: Vec<_> = named.iter().filter_map(|(_, row)| *row).collect();
    let forest = Forest::new(view, &rows);
    html! {
        section #answer aria-labelledby="answer-heading" {
            h2 #answer-heading { "The answer" }
            @if let Some(caution) = &answer.caution { p.caution { strong { (caution) } } }
            (sentences(answer, AnswerPart::Models))
            @for choice in &answer.choices { p.choice { strong { (choice) } } }
            @for line in answer.lines_of(AnswerPart::Sure) { p.soft { (line.text) } }
            @if !view.analysis.heat.is_empty() {
                div.heat { (scrolled("What each server costs, by situation", &heat_picture(view).render())) }
            }
            (sentences(answer, AnswerPart::Languages))
            @if named.is_empty() {
                p.soft { "This plan names no situations; the plans quick, standard and full do." }
            } @else {
                table.rows.answer {
                    (headings(view, &forest))
                    tbody { @for (situation, row) in &named { (line(view, &forest, situation, *row)) } }
                }
            }
        }
    }
}

/// The lines of a part, as a list.
fn sentences(answer: &Answer, part: AnswerPart) -> Markup {
    html! { @if answer.lines_of(part).next().is_some() { ul.sentences { @for line in answer.lines_of(part) { li { (line.text) } } } } }
}

fn headings(view: View<'_>, forest: &Forest<'_>) -> Markup {
    let plan = &view.analysis.manifest.plan;
    html! {
        caption.hidden { "Threads against async, by situation" }
        thead {
            tr {
                th scope="col" { "Situation" }
                th scope="col" { (variant(view, &plan.threads)) }
                th scope="col" { (variant(view, &plan.tasks)) }
                th.picture scope="col" { span.hidden { "Ratio, drawn" } (forest.axis()) }
                th scope="col" { "Verdict, ratio" }
            }
        }
    }
}

fn line(view: View<'_>, forest: &Forest<'_>, situation: &Situation, row: Option<&Row>) -> Markup {
    let plan = &view.analysis.manifest.plan;
    html! {
        tr {
            th scope="row" {
                @match row {
                    Some(row) => { a href={ "#" (anchor(&row.id)) } { (situation.name) } " " span.soft { (row.metric.title()) } },
                    None => (situation.name),
                }
            }
            @match row {
                Some(row) => {
                    td.value { (own(view, row, &plan.threads)) }
                    td.value { (own(view, row, &plan.tasks)) }
                    td.picture { @if is_drawn(row) { (forest.row(row).render()) } }
                    td { (verdict(view, row)) }
                }
                None => td colspan="4" { "its row is missing: " (situation.row) },
            }
        }
    }
}

fn verdict(view: View<'_>, row: &Row) -> Markup {
    html! {
        @if winner(row) == Winner::Neither { span.verdict { (short(view, row)) } }
        @else { strong.verdict { (short(view, row)) } }
        @if row.ratio.is_some() {
            " " span.num {
                (versus(view, row)) " "
                @if is_void(row) { s { (row.figure()) } }
                @else { (row.figure()) }
            }
            @if is_opposed(row) { span.soft { (OPPOSED) } }
        } @else { " " span.soft { (row.words) } }
    }
}

/// The value of one of the row's two variants.
fn own(view: View<'_>, row: &Row, name: &str) -> Markup {
    let of = [&row.a, &row.b].into_iter().position(|one| one == name);
    let estimate = of.and_then(|index| row.values[index].as_ref());
    html! {
        span.only-narrow { (variant(view, name)) " " }
        @match estimate {
            Some(estimate) => span.num { (estimate.value(row.metric.unit())) },
            None => span.soft { "–" },
        }
    }
}
