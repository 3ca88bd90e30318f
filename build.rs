//! Compiles the wire's messages into a table, and passes the linker settings of a Node addon to
//! cargo when the addon is built.

use std::path::PathBuf;
use std::{env, fs};

use protox::prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use protox::prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto};

const PROTO: &str = "proto/opengeni/agent/v1/control.proto";

fn main() {
    println!("cargo:rerun-if-changed={PROTO}");
    let files = protox::compile([PROTO], ["proto"]).expect("the .proto file compiles");
    let messages: Vec<_> = files.file.iter().flat_map(|file| &file.message_type).collect();
    for message in &messages {
        check_nested(message, &messages);
    }
    let table: String = messages.iter().map(|each| message(each)).collect();
    let most_slots = messages.iter().map(|message| slots(message)).max().expect("messages");
    let code = format!("{table}pub(super) const MOST_SLOTS: usize = {most_slots};\n");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a directory"));
    fs::write(out.join("messages.rs"), code).expect("the directory can be written to");
    #[cfg(feature = "node")]
    napi_build::setup();
}

/// Rust code for the row of a message: a `static` of type `Message`.
fn message(message: &DescriptorProto) -> String {
    let plain = message.field.iter().filter(|field| field.oneof_index.is_none());
    let oneofs = (0..).zip(&message.oneof_decl).map(|(index, oneof)| {
        let members = message.field.iter().filter(|field| field.oneof_index == Some(index));
        slot(oneof.name(), "Either", members.map(|member| field(message, member)))
    });
    let slots = plain.map(|plain| {
        let cardinality = match (plain.label(), is_map(message, plain)) {
            (_, true) => "Map",
            (Label::Repeated, false) => "Many",
            _ => "One",
        };
        slot(plain.json_name(), cardinality, [field(message, plain)].into_iter())
    });
    let slots: String = slots.chain(oneofs).collect();
    let name = constant(message.name());
    format!("pub(super) static {name}: Message = Message(&[{slots}]);\n")
}

/// Bytes come beside the JSON of a whole message, so only what a oneof holds may have them.
fn check_nested(message: &DescriptorProto, messages: &[&DescriptorProto]) {
    let plain = message.field.iter().filter(|field| field.oneof_index.is_none());
    for field in plain.filter(|field| field.r#type() == Type::Message) {
        let name = field.type_name().rsplit('.').next();
        let nested = messages.iter().find(|other| Some(other.name()) == name);
        let mut fields = nested.into_iter().flat_map(|nested| &nested.field);
        assert!(
            !fields.any(|field| field.r#type() == Type::Bytes),
            "{}: nested bytes",
            field.name()
        );
    }
}

/// How many slots a message has.
fn slots(message: &DescriptorProto) -> usize {
    let plain = message.field.iter().filter(|field| field.oneof_index.is_none());
    plain.count() + message.oneof_decl.len()
}

fn slot(name: &str, cardinality: &str, fields: impl Iterator<Item = String>) -> String {
    let fields: String = fields.collect();
    format!("Slot {{ name: \"{name}\", holds: Holds::{cardinality}, fields: &[{fields}] }},")
}

fn field(message: &DescriptorProto, field: &FieldDescriptorProto) -> String {
    let kind = match field.r#type() {
        Type::Bool => "Bool".to_owned(),
        // Numbers that the enum does not know are numbers as well.
        Type::Int32 | Type::Enum => "Int32".to_owned(),
        Type::Uint32 => "Uint32".to_owned(),
        Type::Int64 => "Int64".to_owned(),
        Type::Uint64 => "Uint64".to_owned(),
        Type::Double => "Double".to_owned(),
        Type::String => "Text".to_owned(),
        Type::Bytes => "Bytes".to_owned(),
        Type::Message if is_map(message, field) => "Message(&MAP_ENTRY)".to_owned(),
        Type::Message => {
            let name = field.type_name().rsplit('.').next().expect("a name");
            format!("Message(&{})", constant(name))
        }
        other => panic!("{}: {other:?} is not supported", field.name()),
    };
    let is_packed = field.label() == Label::Repeated
        && !matches!(field.r#type(), Type::String | Type::Bytes | Type::Message);
    assert!(!is_packed, "{}: packed fields are not supported", field.name());
    let (name, number) = (field.json_name(), field.number());
    format!("Field {{ number: {number}, name: \"{name}\", kind: Kind::{kind} }},")
}

/// Whether a field is a map, which must be of text to text.
fn is_map(message: &DescriptorProto, field: &FieldDescriptorProto) -> bool {
    let mut entries = message.nested_type.iter().filter(|nested| {
        field.type_name().ends_with(&format!(".{}.{}", message.name(), nested.name()))
    });
    entries.next().is_some_and(|entry| {
        assert!(entry.field.iter().all(|field| field.r#type() == Type::String), "{}", field.name());
        true
    })
}

/// The name of a static, of a message's.
fn constant(name: &str) -> String {
    let mut constant = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !constant.is_empty() {
            constant.push('_');
        }
        constant.extend(letter.to_uppercase());
    }
    constant
}
