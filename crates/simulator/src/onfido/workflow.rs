//! The graphs that runs run through, as far as a run's life depends on them.

/// Who has to do something for a task to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// The person, in the SDK or on the hosted page.
    Person,
    /// The customer, by a call.
    Customer,
    /// The vendor's machines.
    Vendor,
}

/// What the person does. The names of the first two were recorded; the others follow them.
const OF_THE_PERSON: &[&str] = &[
    "profile_data",
    "upload_document_photo",
    "upload_document_video",
    "upload_face_photo",
    "upload_face_video",
    "motion_capture",
    "proof_of_address_capture",
    "one_time_password",
    "qualified_electronic_signature",
    "signing",
];

/// What the customer does. The vendor's pages say "send data" and "receive data"; the names in runs are not published.
const OF_THE_CUSTOMER: &[&str] = &["send_data", "receive_data"];

impl Role {
    /// Whose a task of this definition is.
    pub(super) fn of(definition: &str) -> Self {
        if OF_THE_PERSON.contains(&definition) {
            Self::Person
        } else if OF_THE_CUSTOMER.contains(&definition) {
            Self::Customer
        } else {
            Self::Vendor
        }
    }

    /// The status of a run that waits for such a task.
    pub(super) const fn run_status(self) -> &'static str {
        match self {
            Self::Person => "awaiting_input",
            Self::Customer => "awaiting_client_input",
            Self::Vendor => "processing",
        }
    }
}

/// A workflow of the account, as it was drawn in the vendor's Studio.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Workflow {
    /// Its id: a UUID.
    pub(super) id: String,
    /// The definitions of its tasks after the first one (`start`), in the order in which they come. Each begins when the
    /// one before is done.
    pub(super) tasks: Vec<String>,
    /// What it puts out: a name, and the definition of the task whose output it is.
    pub(super) output: Vec<(String, String)>,
    /// Whether its end node comes right after the last task of the vendor's, so that a run without a person has ended
    /// when it is made.
    pub(super) ends_by_itself: bool,
}

/// A workflow with a profile, a document, a selfie, and a report about both: its runs wait for the person first.
pub const WORKFLOW_ID: &str = "10000000-0000-4000-8000-000000000001";
/// The same, and it puts its two reports out as `doc` and `selfie`, and the profile as `profile_capture_data`.
pub const WORKFLOW_WITH_OUTPUT: &str = "10000000-0000-4000-8000-000000000002";
/// A workflow that asks nobody: its runs have ended when they are made.
pub const WORKFLOW_WITHOUT_INPUT: &str = "10000000-0000-4000-8000-000000000003";
/// A workflow that waits for data of the customer before it begins to check.
pub const WORKFLOW_WITH_CLIENT_INPUT: &str = "10000000-0000-4000-8000-000000000004";

impl Workflow {
    fn new(id: impl Into<String>, tasks: &[&str]) -> Self {
        Self {
            id: id.into(),
            tasks: tasks.iter().map(|task| (*task).to_owned()).collect(),
            output: Vec::new(),
            ends_by_itself: false,
        }
    }

    fn with_output(mut self, output: &[(&str, &str)]) -> Self {
        let owned = |(name, task): &(&str, &str)| ((*name).to_owned(), (*task).to_owned());
        self.output = output.iter().map(owned).collect();
        self
    }

    /// Those every account has.
    pub(super) fn usual() -> Vec<Self> {
        const PHOTOS: &[&str] = &[
            "profile_data",
            "upload_document_photo",
            "upload_face_photo",
            "document_check",
            "face_check",
        ];
        let mut without_input = Self::new(WORKFLOW_WITHOUT_INPUT, &["watchlist_standard"]);
        without_input.ends_by_itself = true;
        vec![
            Self::new(WORKFLOW_ID, PHOTOS),
            Self::new(WORKFLOW_WITH_OUTPUT, PHOTOS).with_output(&[
                ("doc", "document_check"),
                ("selfie", "face_check"),
                ("profile_capture_data", "profile_data"),
            ]),
            without_input,
            Self::new(
                WORKFLOW_WITH_CLIENT_INPUT,
                &["receive_data", "identity_enhanced"],
            ),
        ]
    }
}

/// The id of a task in its run: the vendor's graph names its nodes so. The same in every run of a workflow.
pub(super) fn task_id(workflow: &str, definition: &str, occurrence: usize) -> String {
    let name = match definition {
        "start" => return definition.to_owned(),
        "profile_data" => "profile",
        "upload_document_photo" => "document_photo",
        "upload_face_photo" => "face_photo",
        other => other,
    };
    let digest = super::ids::digest(&[workflow, definition, &occurrence.to_string()]);
    format!("{name}_{}", &digest[..5])
}
