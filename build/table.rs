//! Writes the messages of a compiled .proto file as a table in Rust. A file with a feature that the codec
//! does not support is refused.

use protox::prost_reflect::prost_types::field_descriptor_proto::{Label, Type};
use protox::prost_reflect::prost_types::{
    DescriptorProto, FieldDescriptorProto, FileDescriptorSet,
};

/// Returns the Rust code of the table: a `static` for each message.
///
/// # Errors
///
/// When the file uses a feature that the codec does not support. The text names the feature.
pub fn table(files: &FileDescriptorSet) -> Result<String, String> {
    let messages: Vec<_> = files.file.iter().flat_map(|file| &file.message_type).collect();
    let table = Table { messages };
    let rows: Result<String, String> = table.messages.iter().map(|each| table.row(each)).collect();
    let rows = rows?;
    for message in &table.messages {
        table.check_nesting(message, &mut Vec::new())?;
        table.check_bytes(message)?;
    }
    for file in &files.file {
        require(file.syntax() == "proto3", file.name(), "a syntax other than proto3")?;
    }
    let most_slots = table.messages.iter().map(|message| slots(message)).max().unwrap_or(0);
    Ok(format!("{rows}pub(super) const MOST_SLOTS: usize = {most_slots};\n"))
}

struct Table<'a> {
    messages: Vec<&'a DescriptorProto>,
}

/// Refuses the feature `what` of `place`, unless it is supported.
fn require(is_supported: bool, place: &str, what: &str) -> Result<(), String> {
    is_supported.then_some(()).ok_or_else(|| format!("{place}: {what} is not supported"))
}

impl<'a> Table<'a> {
    /// A `static` of type `Message`.
    fn row(&self, message: &DescriptorProto) -> Result<String, String> {
        for nested in &message.nested_type {
            let is_entry = is_entry(nested);
            let is_group = message.field.iter().any(|field| {
                field.r#type() == Type::Group && field.type_name().ends_with(nested.name())
            });
            let place = format!("{}.{}", message.name(), nested.name());
            require(is_entry || is_group, &place, "a message within a message")?;
        }
        let plain = plain(message).map(|plain| {
            let holds = match (plain.label(), entry(message, plain)) {
                (_, Some(_)) => "Map",
                (Label::Repeated, None) => "Many",
                _ => "One",
            };
            Ok(slot(plain.json_name(), holds, &self.field(message, plain)?))
        });
        let oneofs = (0..).zip(&message.oneof_decl).map(|(index, oneof)| {
            let members = message.field.iter().filter(|field| field.oneof_index == Some(index));
            let fields: Result<String, String> =
                members.map(|member| self.field(message, member)).collect();
            Ok(slot(oneof.name(), "Either", &fields?))
        });
        let slots: Result<String, String> = plain.chain(oneofs).collect();
        let name = constant(message.name());
        Ok(format!("pub(super) static {name}: Message = Message(&[{}]);\n", slots?))
    }

    fn field(
        &self,
        message: &DescriptorProto,
        field: &FieldDescriptorProto,
    ) -> Result<String, String> {
        let place = format!("{}.{}", message.name(), field.name());
        let (label, kind) = (field.label(), field.r#type());
        require(!field.proto3_optional(), &place, "`optional`")?;
        require(label != Label::Required, &place, "`required`")?;
        let entry = entry(message, field);
        let is_map = entry.is_some();
        let kind = match kind {
            Type::Bool => "Bool".to_owned(),
            // A number that the enum does not list is kept as it is.
            Type::Int32 | Type::Enum => "Int32".to_owned(),
            Type::Uint32 => "Uint32".to_owned(),
            Type::Int64 => "Int64".to_owned(),
            Type::Uint64 => "Uint64".to_owned(),
            Type::Double => "Double".to_owned(),
            Type::String => "Text".to_owned(),
            Type::Bytes => "Bytes".to_owned(),
            Type::Message if is_map => {
                let mut parts = entry.iter().flat_map(|entry| &entry.field);
                let is_text = parts.all(|part| part.r#type() == Type::String);
                require(is_text, &place, "a map of other than text to text")?;
                "Message(&MAP_ENTRY)".to_owned()
            }
            Type::Message => {
                require(self.message(field).is_some(), &place, field.type_name())?;
                format!("Message(&{})", constant(last(field.type_name())))
            }
            other => return Err(format!("{place}: {other:?} is not supported")),
        };
        let is_list = matches!(field.r#type(), Type::String | Type::Message);
        require(label != Label::Repeated || is_list, &place, "`repeated` of this type")?;
        let (name, number) = (field.json_name(), field.number());
        Ok(format!("Field {{ number: {number}, name: \"{name}\", kind: Kind::{kind} }},"))
    }

    /// The message that a field holds; `None` for a map.
    fn message(&self, field: &FieldDescriptorProto) -> Option<&'a DescriptorProto> {
        let name = last(field.type_name());
        let is_message = field.r#type() == Type::Message;
        self.messages.iter().find(|other| is_message && other.name() == name).copied()
    }

    /// Refuses a message that holds itself: the codec recurses into messages without a limit on depth.
    fn check_nesting(
        &self,
        message: &'a DescriptorProto,
        outer: &mut Vec<&'a str>,
    ) -> Result<(), String> {
        outer.push(message.name());
        for field in &message.field {
            let Some(inner) = self.message(field) else {
                continue;
            };
            let place = format!("{}.{}", message.name(), field.name());
            require(!outer.contains(&inner.name()), &place, "a message that holds itself")?;
            self.check_nesting(inner, outer)?;
        }
        outer.pop();
        Ok(())
    }

    /// Checks where a message has fields of bytes. Bytes cross beside the JSON of a request, so a
    /// request has one such field at most. A message with bytes is a member of a oneof of a message that
    /// no other message holds.
    fn check_bytes(&self, message: &DescriptorProto) -> Result<(), String> {
        let bytes: Vec<_> =
            message.field.iter().filter(|field| field.r#type() == Type::Bytes).collect();
        let Some(first) = bytes.first() else {
            return Ok(());
        };
        let place = |field: &FieldDescriptorProto| format!("{}.{}", message.name(), field.name());
        for field in &bytes {
            require(field.oneof_index.is_none(), &place(field), "bytes in a oneof")?;
        }
        let holders = self.holders(message);
        let has_place = holders
            .iter()
            .all(|(holder, field)| field.oneof_index.is_some() && self.holders(holder).is_empty());
        require(has_place && !holders.is_empty(), &place(first), "bytes in this message")?;
        let is_asked = holders.iter().any(|(holder, _)| holder.name() == "ControlRequest");
        if let (true, Some(second)) = (is_asked, bytes.get(1)) {
            require(false, &place(second), "a second field of bytes in a request")?;
        }
        Ok(())
    }

    /// The messages that have a field of type `held`, each with that field.
    fn holders(
        &self,
        held: &DescriptorProto,
    ) -> Vec<(&'a DescriptorProto, &'a FieldDescriptorProto)> {
        let fields = self
            .messages
            .iter()
            .flat_map(|message| message.field.iter().map(move |field| (*message, field)));
        fields.filter(|(_, field)| last(field.type_name()) == held.name()).collect()
    }
}

/// The fields that are in no oneof.
fn plain(message: &DescriptorProto) -> impl Iterator<Item = &FieldDescriptorProto> {
    message.field.iter().filter(|field| field.oneof_index.is_none())
}

/// The number of slots of a message: one for each plain field and each oneof.
fn slots(message: &DescriptorProto) -> usize {
    plain(message).count() + message.oneof_decl.len()
}

fn slot(name: &str, holds: &str, fields: &str) -> String {
    format!("Slot {{ name: \"{name}\", holds: Holds::{holds}, fields: &[{fields}] }},")
}

/// The message of a map's entries; `None` where the field is no map.
fn entry<'a>(
    message: &'a DescriptorProto,
    field: &FieldDescriptorProto,
) -> Option<&'a DescriptorProto> {
    let mut entries = message.nested_type.iter().filter(|nested| is_entry(nested));
    entries
        .find(|entry| field.type_name().ends_with(&format!(".{}.{}", message.name(), entry.name())))
}

/// Whether a message is the type of a map's entries.
fn is_entry(message: &DescriptorProto) -> bool {
    message.options.as_ref().is_some_and(|options| options.map_entry.unwrap_or_default())
}

/// The last part of a type's full name.
fn last(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

/// The name of a message's `static`: `ControlRequest` becomes `CONTROL_REQUEST`.
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
