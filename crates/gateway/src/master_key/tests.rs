use super::*;

#[test]
fn a_missing_file_is_no_key_and_a_new_one_is_for_the_owner_only() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    assert!(read(&path).unwrap().is_none());
    let key = MasterKey::generate().unwrap();
    write_new(&path, &key).unwrap();
    assert_eq!(read(&path).unwrap().unwrap().key_id(), key.key_id());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(&path).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}

#[test]
fn a_key_file_is_never_overwritten() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    let first = MasterKey::generate().unwrap();
    write_new(&path, &first).unwrap();
    assert!(write_new(&path, &MasterKey::generate().unwrap()).is_err());
    assert_eq!(read(&path).unwrap().unwrap().key_id(), first.key_id());
}

#[cfg(unix)]
#[test]
fn a_key_file_others_can_read_is_refused_with_the_remedy() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write_new(&path, &MasterKey::generate().unwrap()).unwrap();
    for mode in [0o640, 0o604, 0o620, 0o666] {
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
        let problem = read(&path).unwrap_err().to_string();
        assert!(problem.contains(&format!("mode {mode:o}")), "{problem}");
        assert!(problem.contains("chmod 600"), "{problem}");
    }
}

#[test]
fn a_file_without_a_key_in_it_is_refused_and_left_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("key");
    write_new(&path, &MasterKey::generate().unwrap()).unwrap();
    for content in [&b""[..], b"not a key", b"\xff\xfe"] {
        std::fs::write(&path, content).unwrap();
        let problem = read(&path).unwrap_err();
        assert!(
            matches!(problem, MasterKeyProblem::MalformedFile(_)),
            "{problem}"
        );
        assert_eq!(std::fs::read(&path).unwrap(), content);
    }
}
