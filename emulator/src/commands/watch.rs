//! `akv serve --watch`: follows contents as their files change.

use std::io::Write;
use std::time::Duration;

use crate::Emulator;
use crate::contents::Watched;

/// How often the files are looked at.
const EVERY: Duration = Duration::from_millis(500);

/// Follows the contents for as long as it is polled. What is wrong with them is said on stderr, and the
/// contents of before stay.
pub(super) async fn follow(emulator: Emulator, watched: Option<Watched>) {
    let Some(mut watched) = watched else { return std::future::pending().await };
    let mut ticks = tokio::time::interval(EVERY);
    loop {
        ticks.tick().await;
        if let Some(line) = look(&emulator, &mut watched).await {
            let _ = writeln!(std::io::stderr(), "akv: {line}");
        }
    }
}

/// Carries out what has changed; what is to be said about it.
async fn look(emulator: &Emulator, watched: &mut Watched) -> Option<String> {
    let done = match watched.changed()? {
        Ok(contents) => emulator.service().state().go_over_to(contents).await,
        Err(error) => Err(error),
    };
    Some(match done {
        Ok(()) => format!("{}: carried out anew", watched.path().display()),
        Err(error) => format!("--contents: {error}; the contents of before stay"),
    })
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::config::Config;
    use crate::contents::Contents;

    /// Cut off, with a member that Azure does not know, with a name that Azure refuses: what was there is still there, and
    /// a reset goes back to it.
    #[tokio::test]
    async fn a_wrong_file_keeps_the_last_good_contents_and_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("akv.toml");
        let good = "[vaults.kv.secrets]\ndb = 'one'\n";
        fs::write(&path, good).unwrap();
        let contents = Contents::read(&path).unwrap();
        let mut watched = Watched::new(&contents).unwrap();
        let config = Config { seed: Some(7), contents: Some(contents), ..Config::default() };
        let emulator = Emulator::new(config).unwrap();
        emulator.fill().await.unwrap();
        let service = emulator.service();
        for (wrong, named) in [
            ("[vaults.kv.secrets]\ndb = 'tw", "line 2"),
            (
                "[vaults.kv.secrets]\nnew = 'x'\ndb = { value = 'two', tag = {} }",
                "vault `kv`, /secrets/db: Azure knows no member `tag`",
            ),
            ("[vaults.kv.secrets]\ndb = 'two'\n'a_b' = 'x'", "vault `kv`, /secrets/a_b: 400"),
        ] {
            let before = emulator.snapshot().await.write().unwrap();
            fs::write(&path, wrong).unwrap();
            assert_eq!(look(&emulator, &mut watched).await, None);
            let line = look(&emulator, &mut watched).await.unwrap();
            let file = format!("--contents: {}: ", path.display());
            assert!(line.starts_with(&file) && line.contains(named), "{line}");
            assert!(line.ends_with("; the contents of before stay"), "{line}");
            assert!(emulator.snapshot().await.write().unwrap() == before, "{wrong}");
            service.state().reset().await.unwrap();
            let document = emulator.snapshot().await.write().unwrap();
            assert!(String::from_utf8(document).unwrap().contains(r#""one""#), "{wrong}");
        }
        fs::write(&path, good.replace("one", "three")).unwrap();
        assert_eq!(look(&emulator, &mut watched).await, None);
        let line = look(&emulator, &mut watched).await.unwrap();
        assert_eq!(line, format!("{}: carried out anew", path.display()));
        let document = emulator.snapshot().await.write().unwrap();
        assert!(String::from_utf8(document).unwrap().contains(r#""three""#));
    }
}
