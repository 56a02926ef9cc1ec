use std::fmt::Write;

/// Colours of one theme, as `#rrggbb`.
pub struct Theme {
    /// The paper.
    pub page: &'static str,
    /// Text.
    pub ink: &'static str,
    /// Text beside the main line, axes.
    pub soft: &'static str,
    /// Rules and grids.
    pub rule: &'static str,
    /// Bands: the margin, a crossover, a heading row.
    pub band: &'static str,
    /// Links.
    pub link: &'static str,
    /// One for each variant, by `VariantEntry::colour`: those of threads and tasks are Okabe and Ito's blue and vermilion,
    /// darkened or lightened until text in them can be read on the paper; the others were searched to be far from each other
    /// for every kind of colour vision, and no darker than a lightness of 20 (CIELAB), where all look black.
    pub variants: [&'static str; 10],
}

/// On white.
pub const LIGHT: Theme = Theme {
    page: "#ffffff",
    ink: "#1b1b1b",
    soft: "#5a5a5a",
    rule: "#d4d4d4",
    band: "#eef0f2",
    link: "#0b57a4",
    variants: [
        "#0062a8", "#b84300", "#6a2972", "#353b03", "#151af6", "#3d0298", "#6d6381", "#710645", "#7d604b", "#8b38db",
    ],
};

/// On near black.
pub const DARK: Theme = Theme {
    page: "#14171a",
    ink: "#e8e8e8",
    soft: "#a6a9ad",
    rule: "#3a3f45",
    band: "#22272c",
    link: "#8ec5ff",
    variants: [
        "#5fb4f6", "#ff9052", "#eefff2", "#7fc3a3", "#8d89a9", "#ffd000", "#fbf1b7", "#98e2ff", "#f15765", "#6883ff",
    ],
};

/// The index of a variant's colour: `VariantEntry::colour` may exceed the palette.
pub(crate) fn hue(colour: u32) -> u32 {
    colour % 10
}

/// Custom properties for both themes; paper is light.
#[must_use]
pub fn properties() -> String {
    let (light, dark) = (declarations(&LIGHT), declarations(&DARK));
    format!(
        ":root{{color-scheme:light dark;{light}}}\n@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    )
}

fn declarations(theme: &Theme) -> String {
    let Theme { page, ink, soft, rule, band, link, variants } = theme;
    let mut out = format!("--page:{page};--ink:{ink};--soft:{soft};--rule:{rule};--band:{band};--link:{link};");
    for (index, colour) in variants.iter().enumerate() {
        // Writing to a string cannot fail.
        let _ = write!(out, "--v{index}:{colour};");
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Relative luminance (WCAG 2.2).
    fn luminance(colour: &str) -> f64 {
        0.2126 * linear(colour, 1) + 0.7152 * linear(colour, 3) + 0.0722 * linear(colour, 5)
    }

    /// A channel of sRGB without its gamma.
    fn linear(colour: &str, at: usize) -> f64 {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    }

    fn contrast(a: &str, b: &str) -> f64 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn all_that_can_be_text_has_the_contrast_of_text() {
        for theme in [&LIGHT, &DARK] {
            let texts = [theme.ink, theme.soft, theme.link];
            for colour in texts.iter().chain(&theme.variants) {
                for ground in [theme.page, theme.band] {
                    assert!(contrast(colour, ground) >= 4.5, "{colour} on {ground}: {}", contrast(colour, ground));
                }
            }
        }
    }

    type Matrix = [[f64; 3]; 3];

    /// What is seen with all cones, and without those for long, middle or short waves, in linear RGB (Machado, Oliveira and
    /// Fernandes, "A physiologically-based model for simulation of color vision deficiency", 2009, severity 1).
    const VISIONS: [Matrix; 4] = [
        [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
        [[0.152_286, 1.052_583, -0.204_868], [0.114_503, 0.786_281, 0.099_216], [-0.003_882, -0.048_116, 1.051_998]],
        [[0.367_322, 0.860_646, -0.227_968], [0.280_085, 0.672_501, 0.047_413], [-0.011_820, 0.042_940, 0.968_881]],
        [[1.255_528, -0.076_749, -0.178_779], [-0.078_411, 0.930_809, 0.147_602], [0.004_733, 0.691_367, 0.303_900]],
    ];

    /// From linear RGB to XYZ, over the white of D65.
    const TO_XYZ: Matrix = [
        [0.4124 / 0.950_47, 0.3576 / 0.950_47, 0.1805 / 0.950_47],
        [0.2126, 0.7152, 0.0722],
        [0.0193 / 1.088_83, 0.1192 / 1.088_83, 0.9505 / 1.088_83],
    ];

    fn times(matrix: &Matrix, vector: [f64; 3]) -> [f64; 3] {
        matrix.map(|row| row.iter().zip(vector).map(|(factor, part)| factor * part).sum())
    }

    /// CIELAB of a colour as it is seen.
    fn lab(colour: &str, vision: &Matrix) -> [f64; 3] {
        let seen = times(vision, [1, 3, 5].map(|at| linear(colour, at))).map(|part| part.clamp(0.0, 1.0));
        let [x, y, z] = times(&TO_XYZ, seen).map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    #[test]
    fn no_variant_looks_black_on_white() {
        for colour in LIGHT.variants {
            let [lightness, ..] = lab(colour, &VISIONS[0]);
            assert!(lightness >= 20.0, "{colour} has a lightness of {lightness:.0}");
        }
    }

    #[test]
    fn no_two_variants_look_alike_to_anybody() {
        for (theme, vision) in [&LIGHT, &DARK].into_iter().flat_map(|theme| VISIONS.map(|vision| (theme, vision))) {
            let seen = theme.variants.map(|colour| (colour, lab(colour, &vision)));
            for (index, (one, a)) in seen.iter().enumerate() {
                for (other, b) in &seen[..index] {
                    let distance = a.iter().zip(b).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt();
                    // About 2 can just be told apart when side by side.
                    assert!(distance >= 12.0, "{one} and {other} are {distance:.1} apart");
                }
            }
        }
    }
}
