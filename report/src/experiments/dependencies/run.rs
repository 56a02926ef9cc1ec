use super::{
    super::{Context, Observation, context::not_run},
    packages::{SERVERS, packages},
    tls::{LISTENERS, listens},
};
use crate::variant::Variant;

const NAME: &str = "dependencies";

/// Counts the packages of every server, and has every TLS listener answer. Nothing in it is random, so one round is all.
pub fn run(context: &Context<'_>, observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    for (name, source) in SERVERS {
        (context.tell)(&format!("packages of {name}"));
        let variant = Variant::read(&context.project.join(format!("benches/rivals/{name}.variant.toml")))?;
        let found = packages(&context.project, source, &variant)?;
        let names: Vec<String> = found.iter().cloned().collect();
        observe(observation(name, "packages", "direct", found.len() as f64, &names.join(", ")));
    }
    let why = "Rust's standard library has no TLS; the herd takes rustls";
    observe(observation("rust", "tls", "listens", 0.0, why));
    for listener in &LISTENERS {
        (context.tell)(&format!("a TLS listener in {}", listener.language));
        match listens(context, listener)? {
            Ok(()) => observe(observation(listener.language, "tls", "listens", 1.0, "from the standard library alone")),
            Err(why) => observe(not_run(NAME, listener.language, &why)),
        }
    }
    Ok(())
}

fn observation(variant: &str, case: &str, metric: &str, value: f64, note: &str) -> Observation {
    Observation {
        experiment: NAME.to_owned(),
        variant: variant.to_owned(),
        case: case.to_owned(),
        round: 1,
        metric: metric.to_owned(),
        value,
        trials: None,
        note: (!note.is_empty()).then(|| note.to_owned()),
    }
}
