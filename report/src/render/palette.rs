use std::fmt::Write;

/// Colours of one theme, as `#rrggbb`.
pub(crate) struct Theme {
    /// The paper.
    pub(crate) page: &'static str,
    /// Text.
    pub(crate) ink: &'static str,
    /// Text beside the main line, axes.
    pub(crate) soft: &'static str,
    /// Rules and grids.
    pub(crate) rule: &'static str,
    /// Bands: the margin, a crossover, a heading row.
    pub(crate) band: &'static str,
    /// Links.
    pub(crate) link: &'static str,
    /// One for each variant, by `VariantEntry::colour`; hues in the order of Okabe and Ito's palette, darkened or
    /// lightened until text in them can be read on the paper.
    pub(crate) variants: [&'static str; 10],
}

/// On white.
pub(crate) const LIGHT: Theme = Theme {
    page: "#ffffff",
    ink: "#1b1b1b",
    soft: "#5a5a5a",
    rule: "#d4d4d4",
    band: "#eef0f2",
    link: "#0b57a4",
    variants: [
        "#0062a8", "#b84300", "#50708c", "#00735a", "#a3417f", "#7d6000", "#3d3d3d", "#007489", "#8f2f2a", "#5a48b5",
    ],
};

/// On near black.
pub(crate) const DARK: Theme = Theme {
    page: "#14171a",
    ink: "#e8e8e8",
    soft: "#a6a9ad",
    rule: "#3a3f45",
    band: "#22272c",
    link: "#8ec5ff",
    variants: [
        "#5fb4f6", "#ff9052", "#9db6cb", "#3ccb9f", "#eb9fd3", "#e3c34d", "#d0d0d0", "#5fd3e8", "#f28d84", "#b0a2fa",
    ],
};

/// The index of a variant's colour: `VariantEntry::colour` may exceed the palette.
pub(crate) fn hue(colour: u32) -> u32 {
    colour % 10
}

/// Custom properties for both themes; paper is light.
pub(crate) fn properties() -> String {
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
        let channel = |at: usize| {
            let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
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

    #[test]
    fn neighbours_in_the_palette_differ() {
        for theme in [&LIGHT, &DARK] {
            let distinct: std::collections::BTreeSet<_> = theme.variants.iter().collect();
            assert_eq!(distinct.len(), theme.variants.len());
        }
    }
}
