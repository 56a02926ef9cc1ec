use std::{collections::BTreeMap, time::Duration};

use anyhow::{Context as _, ensure};

use super::{
    super::{
        Context, Observation,
        context::{Missing, not_run, words},
    },
    checker::{complaints, missing, new_among},
    places::Provider,
    probe::{Probed, probe},
    table::{Fault, Language, Stage, Table, Toolchain},
    workshop::Workshop,
};
use crate::variant::{Variant, VariantError};

const NAME: &str = "faults";
/// For a debug build of the herd, from nothing.
const BUILD: Duration = Duration::from_mins(20);
/// The longest note that is kept.
const NOTE_CHARS: usize = 200;

/// Finds the stage of every fault, by every toolchain that is here. Nothing in it is random, so one round is all.
pub fn run(context: &Context<'_>, observe: &mut dyn FnMut(Observation)) -> anyhow::Result<()> {
    let table = Table::read(&context.project)?;
    let workshop = Workshop::open(context)?;
    let provider = Provider::start()?;
    for language in Language::ALL {
        let mut bench = Bench { context, workshop: &workshop, provider: &provider, language, sound: BTreeMap::new() };
        let missing = bench.missing(&table)?;
        for (toolchain, why) in &missing {
            observe(not_run(NAME, toolchain.name(), why));
        }
        let here = |toolchain: &&Toolchain| missing.iter().all(|(absent, _)| absent != *toolchain);
        let toolchains: Vec<Toolchain> = language.toolchains().iter().filter(here).copied().collect();
        if toolchains.is_empty() {
            continue;
        }
        for fault in &table.faults {
            (context.tell)(&format!("{} in {}", fault.kind, language.name()));
            let findings = bench.examine(&table, fault, &toolchains)?;
            for finding in findings {
                observe(finding.observation(fault));
            }
        }
    }
    Ok(())
}

/// What one toolchain made of one fault.
struct Finding {
    toolchain: Toolchain,
    /// `None` where the fault cannot be made.
    stage: Option<Stage>,
    note: String,
}

impl Finding {
    fn observation(self, fault: &Fault) -> Observation {
        Observation {
            experiment: NAME.to_owned(),
            variant: self.toolchain.name().to_owned(),
            case: fault.kind.clone(),
            round: 1,
            metric: self.stage.map_or(Table::CANNOT, Stage::metric).to_owned(),
            value: 1.0,
            trials: None,
            note: Some(self.note.chars().take(NOTE_CHARS).collect()),
        }
    }
}

/// Where the faults of one language are examined.
struct Bench<'a> {
    context: &'a Context<'a>,
    workshop: &'a Workshop,
    provider: &'a Provider,
    language: Language,
    /// By server, what is complained of and replied without a fault.
    sound: BTreeMap<String, Sound>,
}

/// A server without a fault.
struct Sound {
    complaints: BTreeMap<Toolchain, Vec<String>>,
    replies: Vec<String>,
}

impl Bench<'_> {
    /// The toolchains that are not here, and why: all of them, where the language's servers cannot run at all.
    fn missing(&self, table: &Table) -> anyhow::Result<Vec<(Toolchain, Missing)>> {
        let toolchains = self.language.toolchains();
        let others = table.faults.iter().filter_map(|fault| fault.server.get(&self.language));
        for server in others.map(String::as_str).chain([self.language.server()]) {
            match self.variant(server)?.require() {
                Ok(()) => {}
                Err(error @ VariantError::Missing { .. }) => {
                    return Ok(toolchains.iter().map(|toolchain| (*toolchain, error.to_string())).collect());
                }
                Err(error) => return Err(error.into()),
            }
        }
        let absent = |toolchain: &Toolchain| Some((*toolchain, missing(self.context, *toolchain)?));
        Ok(toolchains.iter().filter_map(absent).collect())
    }

    /// A server of the copy.
    fn variant(&self, name: &str) -> anyhow::Result<Variant> {
        let file = self.workshop.root.join(format!("benches/rivals/{name}.variant.toml"));
        let variant = Variant::read(&file)?.guarded_by(self.context.guard.clone());
        let herd = self.workshop.built.join("cargo/debug/herd");
        Ok(if self.language == Language::Rust { variant.with_program(&herd.display().to_string()) } else { variant })
    }

    fn examine(&mut self, table: &Table, fault: &Fault, toolchains: &[Toolchain]) -> anyhow::Result<Vec<Finding>> {
        if let Some(why) = fault.cannot.get(&self.language) {
            let finding = |toolchain: &Toolchain| Finding { toolchain: *toolchain, stage: None, note: why.clone() };
            return Ok(toolchains.iter().map(finding).collect());
        }
        let server = fault.server.get(&self.language).map_or(self.language.server(), String::as_str).to_owned();
        let variant = self.variant(&server)?;
        let file = self.file_of(&server);
        if !self.sound.contains_key(&server) {
            let sound = self.sound(&variant, &file, toolchains)?;
            self.sound.insert(server.clone(), sound);
        }
        let sound = self.sound.get(&server).context("a server is sound or told")?;
        let _applied = self.workshop.apply(&table.patch(fault, self.language))?;
        let mut findings = Vec::new();
        for toolchain in toolchains {
            let found = complaints(self.context, self.workshop, *toolchain, &file)?;
            let before = sound.complaints.get(toolchain).map(Vec::as_slice).unwrap_or_default();
            let stage = new_among(&found, before).first().map(|line| (Stage::Checker, (*line).clone()));
            findings.push((*toolchain, stage));
        }
        // What no checker keeps from running is run, once for all toolchains.
        let runs = if findings.iter().any(|(_, stage)| stage.is_none()) {
            self.build(&variant)?;
            Some(stage_of(&sound.replies, probe(&variant, self.provider)?))
        } else {
            None
        };
        let finding = |(toolchain, stage): (Toolchain, Option<(Stage, String)>)| {
            let (stage, note) = stage.or_else(|| runs.clone())?;
            Some(Finding { toolchain, stage: Some(stage), note })
        };
        Ok(findings.into_iter().filter_map(finding).collect())
    }

    /// The file that the checkers of scripts are given.
    fn file_of(&self, server: &str) -> String {
        let file = match (self.language, server) {
            (Language::Python, "python-threads") => "python/threaded_server.py",
            (Language::Python, _) => "python/asyncio_server.py",
            (Language::Java, _) => "java/HerdServer.java",
            (Language::Javascript, _) => "node/server.mjs",
            (Language::Rust, _) => return String::new(),
        };
        format!("benches/rivals/{file}")
    }

    fn sound(&self, variant: &Variant, file: &str, toolchains: &[Toolchain]) -> anyhow::Result<Sound> {
        (self.context.tell)(&format!("{} without a fault", variant.name));
        let mut found = BTreeMap::new();
        for toolchain in toolchains {
            let complaints = complaints(self.context, self.workshop, *toolchain, file)?;
            let is_compiler = matches!(toolchain, Toolchain::Rustc | Toolchain::Javac);
            ensure!(!is_compiler || complaints.is_empty(), "{} does not compile without a fault", variant.name);
            found.insert(*toolchain, complaints);
        }
        self.build(variant)?;
        match probe(variant, self.provider)? {
            Probed::Answered(replies) => Ok(Sound { complaints: found, replies }),
            other => anyhow::bail!("{} is not sound without a fault: {other:?}", variant.name),
        }
    }

    fn build(&self, variant: &Variant) -> anyhow::Result<()> {
        match self.language {
            Language::Rust => {
                let build =
                    ["cargo", "build", "--locked", "--quiet", "--package", "herd", "--bin", "herd", "--target-dir"];
                let target = self.workshop.built.join("cargo").display().to_string();
                let arguments = [words(&build), vec![target]].concat();
                Ok(self.context.run(&self.workshop.root, &arguments, BUILD)?)
            }
            Language::Java | Language::Python | Language::Javascript => Ok(variant.build()?),
        }
    }
}

/// The stage of a fault that no checker found, and what was seen.
fn stage_of(sound: &[String], probed: Probed) -> (Stage, String) {
    match probed {
        Probed::NotStarted(said) => (Stage::Start, said),
        Probed::Failed(why) => (Stage::Request, why),
        Probed::Answered(replies) => {
            let mut wrong = sound.iter().zip(&replies).filter(|(right, reply)| right != reply);
            let error = wrong.clone().find(|(right, reply)| is_error(reply) && !is_error(right));
            match (error, wrong.next()) {
                (Some((_, reply)), _) => (Stage::Request, format!("an error in the reply: {reply}")),
                (None, Some((right, reply))) => (Stage::Never, format!("a wrong reply: {reply} (right: {right})")),
                (None, None) => (Stage::Never, "all replies are right".to_owned()),
            }
        }
    }
}

/// Whether a reply tells its reader that something went wrong.
fn is_error(reply: &str) -> bool {
    [": ? ", ": ERR ", "UNKNOWN_ERROR", "REQUEST_DENIED"].iter().any(|sign| reply.contains(sign))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stage(reply: &str) -> Stage {
        let sound = ["a search: AT kiwi +1-1 OK".to_owned(), "a search for nobody: ? WHATSAT".to_owned()];
        let replies = vec![format!("a search: {reply}"), sound[1].clone()];
        stage_of(&sound, Probed::Answered(replies)).0
    }

    #[test]
    fn a_wrong_reply_is_found_by_nobody_unless_it_tells_an_error() {
        assert_eq!(stage("AT kiwi +1-1 OK"), Stage::Never);
        assert_eq!(stage("AT kiwi +2-1 OK"), Stage::Never);
        assert_eq!(stage("? WHATSAT kiwi 1 5"), Stage::Request);
        assert_eq!(stage("AT kiwi +1-1 {\"status\":\"UNKNOWN_ERROR\"}"), Stage::Request);
    }

    #[test]
    fn what_does_not_run_is_told_by_where_it_stopped() {
        let why = || "TypeError".to_owned();
        assert_eq!(stage_of(&[], Probed::NotStarted(why())), (Stage::Start, why()));
        assert_eq!(stage_of(&[], Probed::Failed(why())), (Stage::Request, why()));
    }
}
