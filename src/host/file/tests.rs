use super::*;
use std::os::unix::fs::PermissionsExt;

/// Variables and their values.
type Variables = &'static [(&'static str, &'static str)];

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Folder {
        let path = beside(&std::env::temp_dir().join("evenkeel-file"));
        make_folder(&path).expect("the temporary folder is writable");
        Folder(path)
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(&self.0).expect("readable");
        let name = |entry: io::Result<fs::DirEntry>| entry.expect("entry").file_name();
        entries.map(|entry| name(entry).to_string_lossy().into_owned()).collect()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

#[test]
fn a_file_is_replaced_whole_private_and_without_leftovers() {
    let folder = Folder::new();
    let path = folder.0.join("mark");
    for text in ["a longer first text", "short"] {
        write_whole(&path, text.as_bytes()).expect("written");
        assert_eq!(fs::read_to_string(&path).expect("read"), text);
    }
    assert_eq!(folder.names(), ["mark"]);
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!((mode(&path), mode(&folder.0)), (0o600, 0o700));
}

#[test]
fn a_write_that_fails_leaves_what_was_there() {
    let folder = Folder::new();
    let path = folder.0.join("target");
    make_folder(&path.join("full")).expect("made");
    assert!(write_whole(&path, b"text").is_err(), "a folder with contents is in the way");
    assert_eq!(folder.names(), ["target"]);
}

#[test]
fn a_private_file_is_never_an_existing_one() {
    let folder = Folder::new();
    let (path, link) = (folder.0.join("key"), folder.0.join("link"));
    std::os::unix::fs::symlink(folder.0.join("elsewhere"), &link).expect("linked");
    assert!(create_private(&path).is_ok());
    for taken in [&path, &link] {
        let error = create_private(taken).expect_err("it exists");
        assert_eq!(error.kind(), io::ErrorKind::AlreadyExists);
    }
}

#[test]
fn places_follow_the_standard() {
    const OWN: &str = "EVENKEEL_STATE_DIR";
    // what, variables, want
    let rows: [(&str, Variables, &str); 4] = [
        ("ours wins", &[(OWN, "/own"), ("XDG_STATE_HOME", "/xdg"), ("HOME", "/a")], "/own"),
        ("then the standard's", &[("XDG_STATE_HOME", "/xdg"), ("HOME", "/a")], "/xdg/evenkeel"),
        ("then home", &[("HOME", "/a")], "/a/.local/state/evenkeel"),
        ("a service without home", &[], "/.local/state/evenkeel"),
    ];
    for (what, variables, want) in rows {
        let get = |name: &str| {
            let found = variables.iter().find(|(key, _)| *key == name);
            found.map(|(_, value)| PathBuf::from(value))
        };
        let got = place(OWN, "XDG_STATE_HOME", ".local/state", &get);
        assert_eq!(got, Ok(PathBuf::from(want)), "{what}");
    }
    let relative = |_: &str| Some(PathBuf::from("state"));
    let refused = place(OWN, "XDG_STATE_HOME", ".local/state", &relative).expect_err("relative");
    assert_eq!(refused.to_string(), "EVENKEEL_STATE_DIR is \"state\"; it must be an absolute path");
}
