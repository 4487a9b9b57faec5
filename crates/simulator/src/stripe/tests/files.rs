//! Files and links to them.

use super::*;

/// A verified session with a selfie: the files of its report, of the document and the selfie.
fn pictures(world: &World) -> (String, String) {
    let id = world.verified("type=document&options[document][require_matching_selfie]=true");
    let session = world
        .get(&format!(
            "{SESSIONS}/{id}?expand[]=last_verification_report"
        ))
        .ok();
    let report = &session["last_verification_report"];
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    (
        text(&report["document"]["files"][0]),
        text(&report["selfie"]["selfie"]),
    )
}

#[test]
fn a_picture_is_seen_through_a_link_for_half_a_minute() {
    let mut world = World::new();
    let (document, selfie) = pictures(&world);
    let file = world.get(&format!("/v1/files/{document}")).ok();
    assert_eq!(
        (&file["purpose"], &file["type"]),
        (&"identity_document_downloadable".into(), &"png".into())
    );
    assert_eq!(
        world.get(&format!("/v1/files/{selfie}")).ok()["purpose"],
        "selfie"
    );
    assert_eq!(
        world.get("/v1/files?purpose=selfie").ok()["data"]
            .as_array()
            .unwrap()
            .len(),
        1
    );

    let expires = world.now.as_unix_secs() + 30;
    let body = format!("file={document}&expires_at={expires}&expand[]=file");
    let link = world
        .post_with(RESTRICTED_KEY, "/v1/file_links", &body)
        .ok();
    assert_eq!(link["file"]["id"], document.as_str());
    let id = link["id"].as_str().unwrap();
    let url = link["url"]
        .as_str()
        .unwrap()
        .strip_prefix("https://files.stripe.com")
        .unwrap();
    let picture = world.send(Method::GET, url, &[], "");
    assert_eq!(picture.headers()["content-type"], "image/png");
    assert!(picture.body().starts_with(b"\x89PNG"));
    assert_eq!(
        picture.body().len(),
        usize::try_from(file["size"].as_u64().unwrap()).unwrap()
    );

    world.later(30);
    assert_eq!(world.send(Method::GET, url, &[], "").status(), 404);
    let read = world.get(&format!("/v1/file_links/{id}")).ok();
    assert_eq!(
        (&read["expired"], &read["file"]),
        (&true.into(), &document.as_str().into())
    );
    let listed = world.get("/v1/file_links?expired=true").ok();
    assert_eq!(listed["data"][0]["id"], id);
    assert_eq!(
        world.get(&format!("/v1/files/{document}")).ok()["links"]["data"][0]["id"],
        id
    );
}

#[test]
fn a_picture_is_not_seen_otherwise() {
    let mut world = World::new();
    let (document, _) = pictures(&world);
    let now = world.now.as_unix_secs();
    let link = |key: &str, body: &str| {
        world.post_with(key, "/v1/file_links", &format!("file={document}{body}"))
    };
    assert_eq!(
        link(API_KEY, &format!("&expires_at={}", now + 30)).status,
        403
    );
    for body in [
        String::new(),
        format!("&expires_at={}", now + 31),
        format!("&expires_at={}", now - 1),
    ] {
        let refused = link(RESTRICTED_KEY, &body);
        assert_eq!(
            (refused.status, &refused.body["error"]["param"]),
            (400, &"expires_at".into()),
            "{body}"
        );
    }
    assert_eq!(
        world.get(&format!("/v1/files/{document}/contents")).status,
        403
    );
    let missing = world.post("/v1/file_links", "file=file_0");
    assert_eq!(
        (missing.status, missing.code()),
        (400, Some("resource_missing"))
    );
    assert_eq!(
        world.send(Method::GET, "/links/nothing", &[], "").status(),
        404
    );
    world.later(48 * 3_600 + 1);
    let late = format!(
        "file={document}&expires_at={}",
        world.now.as_unix_secs() + 5
    );
    assert_eq!(
        world
            .post_with(RESTRICTED_KEY, "/v1/file_links", &late)
            .status,
        403
    );
}

#[test]
fn a_link_is_ended_by_whoever_made_it() {
    let world = World::new();
    let (document, _) = pictures(&world);
    let body = format!(
        "file={document}&expires_at={}&metadata[k]=v",
        world.now.as_unix_secs() + 20
    );
    let link = world
        .post_with(RESTRICTED_KEY, "/v1/file_links", &body)
        .ok();
    let path = format!("/v1/file_links/{}", link["id"].as_str().unwrap());
    let longer = format!("expires_at={}", world.now.as_unix_secs() + 60);
    assert_eq!(world.post(&path, &longer).status, 400);
    let ended = world.post(&path, "expires_at=now&metadata[k]=").ok();
    assert_eq!(
        (&ended["expired"], &ended["metadata"]),
        (&true.into(), &serde_json::json!({}))
    );
    assert_eq!(world.post(&path, "expires_at=now").status, 400);
    assert_eq!(
        world.post("/v1/file_links/link_0", "").code(),
        Some("resource_missing")
    );
}

#[test]
fn a_link_to_a_picture_is_made_to_last_by_nobody_who_could_not_make_it() {
    let mut world = World::new();
    let (document, _) = pictures(&world);
    let in_secs = |world: &World, secs: i64| world.now.as_unix_secs() + secs;
    // The last moment at which the picture can be seen.
    world.later(48 * 3_600);
    let body = format!("file={document}&expires_at={}", in_secs(&world, 20));
    let link = world
        .post_with(RESTRICTED_KEY, "/v1/file_links", &body)
        .ok();
    let path = format!("/v1/file_links/{}", link["id"].as_str().unwrap());
    let longer = format!("expires_at={}", in_secs(&world, 30));
    assert_eq!(world.post(&path, &longer).status, 403);
    let made_longer = world.post_with(RESTRICTED_KEY, &path, &longer).ok();
    assert_eq!(made_longer["expires_at"], in_secs(&world, 30));
    world.later(1);
    let longer = format!("expires_at={}", in_secs(&world, 30));
    let late = world.post_with(RESTRICTED_KEY, &path, &longer);
    assert_eq!(late.status, 403);
    let shorter = format!("expires_at={}", in_secs(&world, 5));
    world.post(&path, &shorter).ok();
}

#[test]
fn pictures_are_gone_with_the_person() {
    let world = World::new();
    let (document, _) = pictures(&world);
    let session = world.account.objects().pop().unwrap();
    let body = format!(
        "file={document}&expires_at={}",
        world.now.as_unix_secs() + 20
    );
    let link = world
        .post_with(RESTRICTED_KEY, "/v1/file_links", &body)
        .ok();
    let url = link["url"]
        .as_str()
        .unwrap()
        .strip_prefix("https://files.stripe.com")
        .unwrap();
    world.post(&format!("{SESSIONS}/{session}/redact"), "").ok();
    assert_eq!(
        world.get(&format!("/v1/files/{document}")).code(),
        Some("resource_missing")
    );
    assert_eq!(world.send(Method::GET, url, &[], "").status(), 404);
}

#[test]
fn a_file_is_handed_in_and_read_back() {
    let world = World::new();
    let form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
                --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.jpeg\"\r\n\r\npicture\r\n--b--\r\n";
    let bearer = format!("Bearer {API_KEY}");
    let headers = [
        ("authorization", bearer.as_str()),
        ("content-type", "multipart/form-data; boundary=b"),
    ];
    let file = Answer::of(&world.send(Method::POST, "/v1/files", &headers, form)).ok();
    assert_eq!(
        (&file["filename"], &file["type"], &file["size"]),
        (&"a.jpeg".into(), &"jpg".into(), &7.into())
    );
    let path = file["url"]
        .as_str()
        .unwrap()
        .strip_prefix("https://files.stripe.com")
        .unwrap();
    let content = world.send(Method::GET, path, &[headers[0]], "");
    assert_eq!(
        (content.status(), content.body().as_ref()),
        (http::StatusCode::OK, b"picture".as_slice())
    );
    assert_eq!(world.send(Method::GET, path, &[], "").status(), 401);
    let link = format!("file={}", file["id"].as_str().unwrap());
    assert_eq!(
        world.post("/v1/file_links", &link).ok()["expires_at"],
        Value::Null
    );
    let missing = form.replace("name=\"file\"", "name=\"other\"");
    let refused = Answer::of(&world.send(Method::POST, "/v1/files", &headers, &missing));
    assert_eq!(refused.code(), Some("parameter_unknown"));
}

#[test]
fn a_form_with_an_odd_boundary_is_read_or_refused_and_a_file_may_hold_the_boundary() {
    let world = World::new();
    let bearer = format!("Bearer {API_KEY}");
    let send = |boundary: &str, body: &str| {
        let kind = format!("multipart/form-data; boundary={boundary}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", kind.as_str()),
        ];
        Answer::of(&world.send(Method::POST, "/v1/files", &headers, body))
    };
    for (boundary, body) in [("", "---"), ("-", "---"), ("-", "----"), ("x", "file=x")] {
        let refused = send(boundary, body);
        let code = Some("parameter_missing");
        assert_eq!(
            (refused.status, refused.code()),
            (400, code),
            "{boundary} {body}"
        );
    }
    let form = "--b\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\ndispute_evidence\r\n\
                --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.txt\"\r\n\r\na --b c\r\n--b--\r\n";
    assert_eq!(send("b", form).ok()["size"], 7);
}
