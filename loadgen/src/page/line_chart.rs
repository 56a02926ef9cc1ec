//! Lines with intervals over two axes.

use maud::{Markup, html};

use super::{
    pen::{Picture, Px, across, down, mark, paint, polyline, px, text_width},
    scale::{Law, Scale, spread},
};

/// Size of a chart: the width of a small phone.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 236.0;

/// Lines with intervals over two axes.
pub struct LineChart {
    /// Its name.
    pub title: String,
    /// What it shows, for those who do not see it.
    pub description: String,
    /// The horizontal axis.
    pub x: Axis,
    /// The vertical axis.
    pub y: Axis,
    /// The first one matters most.
    pub lines: Vec<Line>,
    /// Stretches of x that are told beside the picture, such as where one line overtakes another.
    pub bands: Vec<[f64; 2]>,
    /// What to compare with.
    pub references: Vec<Reference>,
}

/// One axis.
pub struct Axis {
    /// Its name with its unit.
    pub title: String,
    /// How values become lengths.
    pub law: Law,
    /// Writes a number beside it.
    pub tick: fn(f64) -> String,
}

/// One line, named at its end.
pub struct Line {
    /// The index of its colour and mark.
    pub colour: u32,
    /// Its name.
    pub label: String,
    /// How it is drawn.
    pub stroke: Stroke,
    /// Ascending in x.
    pub points: Vec<LinePoint>,
    /// Whether every point has a mark, or only the last one.
    pub marks: Marks,
}

/// Where a line has marks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Marks {
    /// At every point.
    All,
    /// At its end alone, for curves of many points.
    End,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Stroke {
    /// Without gaps.
    Solid,
    /// In strokes.
    Dashed,
    /// In dots.
    Dotted,
}

/// One point; without a value it is marked at the foot of the picture.
#[derive(Clone, Copy)]
pub struct LinePoint {
    /// Where it stands along the horizontal axis.
    pub x: f64,
    /// Its value.
    pub y: Option<f64>,
    /// Ends of its interval; an open end is left out.
    pub ends: [Option<f64>; 2],
}

/// Something to compare with, behind the lines and in no variant's colour, named where it stands.
pub struct Reference {
    /// Where it runs.
    pub course: Course,
    /// Its name.
    pub label: String,
}

/// Where a reference runs.
pub enum Course {
    /// At one value of y.
    Level(f64),
    /// Through these points, ascending in x.
    Points(Vec<(f64, f64)>),
}

impl Reference {
    /// The values of y that an axis must have room for.
    pub fn ys(&self) -> impl Iterator<Item = f64> + Clone {
        let level = if let Course::Level(y) = self.course { Some(y) } else { None };
        level.into_iter().chain(self.course.points().iter().map(|(_, y)| *y))
    }
}

impl Course {
    fn points(&self) -> &[(f64, f64)] {
        if let Self::Points(points) = self { points } else { &[] }
    }
}

impl LineChart {
    /// The picture.
    #[must_use]
    pub fn picture(&self) -> Picture {
        let frame = self.frame();
        let body = html! {
            @for band in &self.bands { (frame.band(*band)) }
            (frame.axes(self))
            @for reference in &self.references { (frame.reference(reference)) }
            // The first line matters most: it is drawn last, above the others.
            @for (index, line) in self.lines.iter().enumerate().rev() { (frame.line(line, shift(&self.lines, index))) }
            (frame.names(&self.lines))
        };
        Picture { width: WIDTH, height: HEIGHT, title: self.title.clone(), description: self.description.clone(), body }
    }

    fn frame(&self) -> Frame {
        let [left, right] = [46.0, WIDTH - Frame::names_width(&self.lines)];
        let [top, bottom] = [24.0, HEIGHT - 36.0];
        let points = self.lines.iter().flat_map(|line| &line.points);
        let compared = self.references.iter().flat_map(|reference| reference.course.points());
        let xs = points.clone().map(|point| point.x).chain(compared.map(|(x, _)| *x));
        let ys = points.flat_map(|point| [point.y, point.ends[0], point.ends[1]]).flatten();
        let ys = ys.chain(self.references.iter().flat_map(Reference::ys));
        Frame {
            x: Scale::around(self.x.law, xs, [left, right]),
            y: Scale::around(self.y.law, ys, [bottom, top]),
            left,
            right,
            top,
            bottom,
        }
    }
}

impl LinePoint {
    /// A point without an interval.
    #[must_use]
    pub fn bare(x: f64, y: f64) -> Self {
        Self { x, y: Some(y), ends: [None, None] }
    }
}

/// Distance of the names at the lines' ends, so that they do not touch.
const NAME_GAP: f64 = 12.5;

/// Points that an axis has room to name, and lines that can stand beside each other.
const FEW: usize = 6;

/// The room of a chart between its axes.
struct Frame {
    x: Scale,
    y: Scale,
    left: f64,
    right: f64,
    top: f64,
    bottom: f64,
}

impl Frame {
    /// Room at the right for the names of the lines.
    fn names_width(lines: &[Line]) -> f64 {
        let widest = lines.iter().map(|line| text_width(&line.label, 11.0)).fold(0.0, f64::max);
        (widest + 14.0).clamp(16.0, 130.0)
    }

    /// Ticks, grid and names of both axes.
    fn axes(&self, chart: &LineChart) -> Markup {
        let ys = self.y.ticks(6);
        let xs = self.x.legible(self.stations(chart), chart.x.tick);
        let grid: String = ys.iter().map(|value| across(self.left, self.right, self.y.at(*value))).collect();
        let strokes: String = xs.iter().map(|value| down(self.x.at(*value), self.bottom, self.bottom + 4.0)).collect();
        html! {
            path class="g" d=(grid) {}
            path class="x" d=(across(self.left, self.right, self.bottom) + &strokes) {}
            @for value in &ys {
                text class="t" x=(Px(self.left - 5.0)) y=(Px(self.y.at(*value) + 3.5)) text-anchor="end" {
                    ((chart.y.tick)(*value))
                }
            }
            @for value in &xs {
                text class="t" x=(Px(self.x.at(*value))) y=(Px(self.bottom + 15.0)) text-anchor="middle" {
                    ((chart.x.tick)(*value))
                }
            }
            text class="a" x="2" y="11" { (named(&chart.y)) }
            text class="a" x=(Px(f64::midpoint(self.left, self.right))) y=(Px(self.bottom + 31.0)) text-anchor="middle" {
                (named(&chart.x))
            }
        }
    }

    /// Where the horizontal axis is marked: at the points themselves where they are few, else at round numbers.
    fn stations(&self, chart: &LineChart) -> Vec<f64> {
        let mut xs: Vec<_> = chart.lines.iter().flat_map(|line| &line.points).map(|point| point.x).collect();
        xs.sort_by(f64::total_cmp);
        xs.dedup();
        if (1..=FEW).contains(&xs.len()) { xs } else { self.x.ticks(6) }
    }

    /// A stretch of x behind the lines.
    fn band(&self, [from, to]: [f64; 2]) -> Markup {
        let (from, to) = (self.x.at(from), self.x.at(to));
        let height = Px(self.bottom - self.top);
        html! { rect class="b" x=(Px(from)) y=(Px(self.top)) width=(Px((to - from).max(1.0))) height=(height) {} }
    }

    /// What to compare with, and its name: where it begins.
    fn reference(&self, reference: &Reference) -> Markup {
        let points: Vec<_> = match &reference.course {
            Course::Level(y) => [self.left, self.right].map(|x| (x, self.y.at(*y))).into(),
            Course::Points(points) => points.iter().map(|(x, y)| (self.x.at(*x), self.y.at(*y))).collect(),
        };
        let Some((x, y)) = points.first() else { return html! {} };
        let has_room_before = x - 5.0 - text_width(&reference.label, 10.5) > self.left;
        let (x, anchor) = if has_room_before { (x - 5.0, "end") } else { (x + 4.0, "start") };
        let y = if y - self.top < 14.0 { y + 11.0 } else { y - 4.0 };
        html! {
            path class="o" d=(polyline(&points)) {}
            text class="t" x=(Px(x)) y=(Px(y)) text-anchor=(anchor) { (reference.label) }
        }
    }

    /// One line: intervals behind, then the line, then its marks.
    fn line(&self, line: &Line, shift: f64) -> Markup {
        let missing: Vec<_> = line.points.iter().filter(|point| point.y.is_none()).collect();
        html! {
            g class=(paint(line.colour)) transform=[moved(shift)] {
                path class="e" d=(self.intervals(line)) {}
                path class="l" stroke-dasharray=[dashes(line.stroke)] d=(self.course(line)) {}
                @if line.marks == Marks::All {
                    @for (x, y) in line.points.iter().filter_map(|point| Some((point.x, point.y?))) {
                        (mark(line.colour, self.x.at(x), self.y.at(y), 3.2))
                    }
                }
                @for point in missing { path class="w" d=(cross(self.x.at(point.x), self.bottom - 5.0)) {} }
            }
        }
    }

    /// Names of the lines at their ends; where they had to move, a stroke leads from the end to the name.
    fn names(&self, lines: &[Line]) -> Markup {
        let ends: Vec<_> = (0..lines.len()).map(|index| self.end(lines, index)).collect();
        let wanted: Vec<_> = ends.iter().map(|(_, y)| *y).collect();
        let placed = spread(&wanted, NAME_GAP, [self.top, self.bottom - 2.0]);
        html! {
            @for ((line, (x, y)), at) in lines.iter().zip(ends).zip(placed) {
                g class=(paint(line.colour)) {
                    @if line.marks == Marks::End { (mark(line.colour, x, y, 3.2)) }
                    path class="q" d=(polyline(&[(x + 4.0, y), (self.right + 6.0, at)])) {}
                    text class="n" x=(Px(self.right + 9.0)) y=(Px(at + 3.8)) { (line.label) }
                }
            }
        }
    }

    /// Where a line ends; one without values ends at the foot.
    fn end(&self, lines: &[Line], index: usize) -> (f64, f64) {
        let mut points = lines[index].points.iter().rev();
        let last = points.find_map(|point| Some((self.x.at(point.x), self.y.at(point.y?))));
        last.map_or((self.right, self.bottom - 5.0), |(x, y)| (x + shift(lines, index), y))
    }

    fn intervals(&self, line: &Line) -> String {
        let known = line.points.iter().filter(|point| point.y.is_some() && point.ends[0].is_some());
        let bar = |x: f64, low: f64, high: f64| down(self.x.at(x), self.y.at(low), self.y.at(high));
        // An open upper end goes on to the top.
        known.map(|point| bar(point.x, point.ends[0].unwrap_or(0.0), point.ends[1].unwrap_or(1e15))).collect()
    }

    /// The line itself, broken where a value is missing; of the points of a long curve that fall on one spot one is
    /// drawn.
    fn course(&self, line: &Line) -> String {
        let mut out = String::new();
        for run in line.points.split(|point| point.y.is_none()) {
            let mut points: Vec<_> =
                run.iter().filter_map(|point| Some((self.x.at(point.x), self.y.at(point.y?)))).collect();
            let spot = if line.marks == Marks::End { 2.0 } else { 0.0 };
            points.dedup_by(|next, kept| (next.0 - kept.0).abs() < spot && (next.1 - kept.1).abs() < spot);
            out += &polyline(&points);
        }
        out
    }
}

/// How far a line stands beside its place, so that intervals of several lines at one x can be told apart.
fn shift(lines: &[Line], index: usize) -> f64 {
    let is_few = lines.len() <= FEW && lines.iter().all(|line| line.marks == Marks::All);
    if is_few { (index as f64 - (lines.len() as f64 - 1.0) / 2.0) * 2.6 } else { 0.0 }
}

fn moved(shift: f64) -> Option<String> {
    (shift != 0.0).then(|| format!("translate({})", px(shift)))
}

fn dashes(stroke: Stroke) -> Option<&'static str> {
    match stroke {
        Stroke::Solid => None,
        Stroke::Dashed => Some("6 3"),
        Stroke::Dotted => Some("1.5 3"),
    }
}

fn named(axis: &Axis) -> String {
    match axis.law {
        Law::Linear => axis.title.clone(),
        Law::Log => format!("{} (log)", axis.title),
        Law::Tail => format!("{} (log of what lies beyond)", axis.title),
    }
}

fn cross(x: f64, y: f64) -> String {
    format!("M{} {}l6 6m0-6l-6 6", px(x - 3.0), px(y - 3.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::format::tick;
    use maud::Render;

    fn chart(points: Vec<LinePoint>) -> String {
        let axis = |title: &str| Axis { title: title.to_owned(), law: Law::Log, tick };
        let line = Line { colour: 3, label: "a<b".to_owned(), stroke: Stroke::Dashed, points, marks: Marks::All };
        let chart = LineChart {
            title: "t".to_owned(),
            description: "d".to_owned(),
            x: axis("connections"),
            y: axis("replies/s"),
            lines: vec![line],
            bands: vec![[1.0, 2.0]],
            references: Vec::new(),
        };
        chart.picture().render().into_string()
    }

    #[test]
    fn a_chart_names_its_axes_and_lines_as_text() {
        let svg = chart(vec![LinePoint::bare(1.0, 10.0), LinePoint::bare(100.0, 1000.0)]);
        for part in ["connections", "replies/s", "a&lt;b", "role=\"img\"", "<title>t</title>", "class=\"v3\""] {
            assert!(svg.contains(part), "{part} is missing in {svg}");
        }
    }

    #[test]
    fn no_coordinate_is_other_than_a_number() {
        let odd = [f64::NAN, f64::INFINITY, -1.0, 0.0];
        let svg = chart(odd.map(|y| LinePoint { x: 1.0, y: Some(y), ends: [Some(y), Some(y)] }).into());
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
    }

    #[test]
    fn a_point_without_a_value_is_crossed_out_at_the_foot() {
        let svg = chart(vec![LinePoint::bare(1.0, 10.0), LinePoint { x: 10.0, y: None, ends: [None, None] }]);
        assert!(svg.contains("class=\"w\""), "{svg}");
    }
}
