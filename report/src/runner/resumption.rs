use anyhow::bail;

use super::{entrants::Entrant, fingerprint::commit, surroundings::machine};
use crate::{results::Manifest, variant::Launch};

/// Refuses to go on with a comparison on another machine, or of other programs: its blocks would not be alike.
pub(super) fn check_same(manifest: &Manifest, entrants: &[Entrant], launch: &Launch) -> anyhow::Result<()> {
    let (then, now) = (&manifest.machine, machine(serde_json::Value::Null));
    let same = |what: &str, then: &str, now: &str| {
        if then == now {
            return Ok(());
        }
        bail!("the comparison began with {what} {then}, and here it is {now}: begin a new one")
    };
    same("the processor", &then.processor, &now.processor)?;
    same("a number of processors of", &then.processors.to_string(), &now.processors.to_string())?;
    same("the kernel", &then.kernel, &now.kernel)?;
    let unknown = || "unknown".to_owned();
    let here = std::env::current_dir().ok().and_then(|directory| commit(&directory));
    same("the commit", &manifest.commit.clone().unwrap_or_else(unknown), &here.unwrap_or_else(unknown))?;
    for entrant in entrants.iter().filter(|entrant| entrant.takes_part()) {
        let name = &entrant.variant.name;
        let then = manifest.participants.iter().find(|participant| participant.name == *name);
        let Some(then) = then else { bail!("the comparison began without {name}: begin a new one") };
        if then.hashes != entrant.participant(launch).hashes {
            bail!("{name} was built anew since the comparison began: begin a new one");
        }
    }
    Ok(())
}
