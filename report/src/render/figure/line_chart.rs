use maud::html;

use super::{
    line_parts::{Frame, shift},
    pen::Picture,
    scale::{Law, Scale},
};

/// Size of a chart: the width of a small phone.
const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 236.0;

/// Lines with intervals over two axes.
pub(crate) struct LineChart {
    pub(crate) title: String,
    pub(crate) description: String,
    pub(crate) x: Axis,
    pub(crate) y: Axis,
    pub(crate) lines: Vec<Line>,
    /// Stretches of x that are told beside the picture, such as where one line overtakes another.
    pub(crate) bands: Vec<[f64; 2]>,
    /// What to compare with.
    pub(crate) references: Vec<Reference>,
}

/// One axis.
pub(crate) struct Axis {
    /// Its name with its unit.
    pub(crate) title: String,
    pub(crate) law: Law,
    /// Writes a number beside it.
    pub(crate) tick: fn(f64) -> String,
}

/// One line, named at its end.
pub(crate) struct Line {
    pub(crate) colour: u32,
    pub(crate) label: String,
    pub(crate) stroke: Stroke,
    /// Ascending in x.
    pub(crate) points: Vec<LinePoint>,
    /// Whether every point has a mark, or only the last one.
    pub(crate) marks: Marks,
}

/// Where a line has marks.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Marks {
    /// At every point.
    All,
    /// At its end alone, for curves of many points.
    End,
}

/// How a line is drawn.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stroke {
    /// Without gaps.
    Solid,
    /// In strokes.
    Dashed,
    /// In dots.
    Dotted,
}

/// One point; without a value it is marked at the foot of the picture.
#[derive(Clone, Copy)]
pub(crate) struct LinePoint {
    pub(crate) x: f64,
    pub(crate) y: Option<f64>,
    /// Ends of its interval; an open end is left out.
    pub(crate) ends: [Option<f64>; 2],
}

/// Something to compare with, behind the lines and in no variant's colour, named where it stands.
pub(crate) struct Reference {
    pub(crate) course: Course,
    pub(crate) label: String,
}

/// Where a reference runs.
pub(crate) enum Course {
    /// At one value of y.
    Level(f64),
    /// Through these points, ascending in x.
    Points(Vec<(f64, f64)>),
}

impl Reference {
    /// The values of y that an axis must have room for.
    pub(crate) fn ys(&self) -> impl Iterator<Item = f64> + Clone {
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
    pub(crate) fn picture(&self) -> Picture {
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
    pub(crate) fn bare(x: f64, y: f64) -> Self {
        Self { x, y: Some(y), ends: [None, None] }
    }
}

#[cfg(test)]
mod tests {
    use maud::Render;

    use super::*;
    use crate::render::format::tick;

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
