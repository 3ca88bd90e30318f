//! Compiles the wire's messages, and passes the linker settings of a Node addon to cargo when the
//! addon is built.

use std::path::PathBuf;
use std::{env, fs};

use prost_build::Config;
use protox::prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use protox::prost_reflect::prost_types::{DescriptorProto, FieldDescriptorProto};

const PROTO: &str = "proto/opengeni/agent/v1/control.proto";

fn main() {
    println!("cargo:rerun-if-changed={PROTO}");
    let mut files = protox::compile([PROTO], ["proto"]).expect("the .proto file compiles");
    let mut config = Config::new();
    config
        // Bytes of a reply are told from where they lie in it, so they must not be copied out.
        .bytes(["."])
        .btree_map(["."])
        .message_attribute(".", "#[derive(serde::Serialize)]")
        .message_attribute(".", "#[serde(rename_all = \"camelCase\")]")
        .enum_attribute(".", "#[derive(serde::Serialize)]")
        .enum_attribute(".", "#[serde(rename_all = \"camelCase\")]");
    let mut readers = String::new();
    for file in &mut files.file {
        let package = file.package().to_owned();
        for message in &mut file.message_type {
            readers += &reader(message);
            write_as_javascript(&mut config, &package, message);
        }
    }
    config.compile_fds(files).expect("the messages have Rust types");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo names a directory"));
    fs::write(out.join("readers.rs"), readers).expect("the directory can be written to");
    #[cfg(feature = "node")]
    napi_build::setup();
}

/// Gives the fields of a message the form that they have in JavaScript.
fn write_as_javascript(config: &mut Config, package: &str, message: &mut DescriptorProto) {
    let path = format!("{package}.{}", message.name());
    for oneof in &message.oneof_decl {
        let attribute = "#[serde(serialize_with = \"super::shape::oneof\")]";
        config.field_attribute(format!("{path}.{}", oneof.name()), attribute);
    }
    for field in &mut message.field {
        let attribute = match (field.r#type(), field.label()) {
            (Type::String, Label::Repeated) => "#[serde(serialize_with = \"super::shape::texts\")]",
            (Type::String, _) => "#[serde(serialize_with = \"super::shape::text\")]",
            (Type::Bytes, _) => "#[serde(skip)]",
            (Type::Uint64 | Type::Int64, _) => {
                "#[serde(serialize_with = \"super::shape::decimal\")]"
            }
            _ => "",
        };
        config.field_attribute(format!("{path}.{}", field.name()), attribute);
        // One bad byte in a file name must not cost a whole reply, as it would in a Rust string.
        if field.r#type() == Type::String {
            field.set_type(Type::Bytes);
        }
    }
}

/// Rust code that reads a message from the form that it has in JavaScript.
fn reader(message: &DescriptorProto) -> String {
    let name = message.name();
    let plain = message.field.iter().filter(|field| field.oneof_index.is_none()).map(read_field);
    let oneofs = message.oneof_decl.iter().map(|oneof| {
        let oneof = oneof.name();
        format!("r#{oneof}: fields.oneof(\"{oneof}\")?,")
    });
    let fields: String = plain.chain(oneofs).collect();
    let message_reader = format!(
        "impl Field for {name} {{
            fn read(name: &str, value: &Value) -> Result<Self, Refusal> {{
                let fields = Fields::of(name, value)?;
                Ok(Self {{ {fields} }})
            }}
        }}\n"
    );
    let oneof_readers = (0..).zip(&message.oneof_decl).map(|(index, oneof)| {
        let members = message.field.iter().filter(|field| field.oneof_index == Some(index));
        let arms: String = members.map(read_case).collect();
        format!(
            "impl Oneof for {}::{} {{
                fn read(fields: &Fields, case: &str) -> Result<Option<Self>, Refusal> {{
                    Ok(Some(match case {{ {arms} _ => return Ok(None) }}))
                }}
            }}\n",
            snake(name),
            capitalized(oneof.name())
        )
    });
    oneof_readers.chain([message_reader]).collect()
}

fn read_field(field: &FieldDescriptorProto) -> String {
    let name = field.name();
    match field.r#type() {
        // Bytes do not come with the other fields.
        Type::Bytes => format!("r#{name}: Default::default(),"),
        _ => format!("r#{name}: fields.read(\"{}\")?,", field.json_name()),
    }
}

fn read_case(field: &FieldDescriptorProto) -> String {
    let case = field.json_name();
    format!("\"{case}\" => Self::{}(fields.read(case)?),", capitalized(case))
}

fn capitalized(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

fn snake(name: &str) -> String {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() && !snake.is_empty() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake
}
