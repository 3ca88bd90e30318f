//! The encoding of protobuf: varints, keys and lengths.

use super::Malformed;

/// The wire type of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WireType {
    Varint = 0,
    SixtyFourBit = 1,
    Delimited = 2,
    StartGroup = 3,
    EndGroup = 4,
    ThirtyTwoBit = 5,
}

/// The value of a record.
#[derive(Debug, Clone, Copy)]
pub(super) enum Payload<'a> {
    Varint(u64),
    SixtyFourBit(u64),
    Delimited(&'a [u8]),
    /// A value of a wire type that no field of the protocol has.
    Other,
}

impl Payload<'_> {
    pub(super) fn is(&self, wire_type: WireType) -> bool {
        match self {
            Self::Varint(_) => wire_type == WireType::Varint,
            Self::SixtyFourBit(_) => wire_type == WireType::SixtyFourBit,
            Self::Delimited(_) => wire_type == WireType::Delimited,
            Self::Other => false,
        }
    }
}

/// The greatest depth of nested groups. Skipping groups recurses.
const DEEPEST: usize = 100;

/// The records of a message: each is a field's number and a value.
pub(super) struct Records<'a>(pub &'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = Result<(u32, Payload<'a>), Malformed>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        (!self.0.is_empty()).then(|| self.record())
    }
}

impl<'a> Records<'a> {
    #[inline]
    fn record(&mut self) -> Result<(u32, Payload<'a>), Malformed> {
        let (number, wire_type) = self.key()?;
        Ok((number, self.payload(number, wire_type, DEEPEST)?))
    }

    #[inline]
    fn payload(
        &mut self,
        number: u32,
        wire_type: WireType,
        depth: usize,
    ) -> Result<Payload<'a>, Malformed> {
        Ok(match wire_type {
            WireType::Varint => Payload::Varint(self.varint()?),
            WireType::SixtyFourBit => Payload::SixtyFourBit(u64::from_le_bytes(self.array()?)),
            WireType::Delimited => {
                let len = usize::try_from(self.varint()?).map_err(|_| Malformed::Truncated)?;
                let (bytes, rest) = self.0.split_at_checked(len).ok_or(Malformed::Truncated)?;
                self.0 = rest;
                Payload::Delimited(bytes)
            }
            WireType::ThirtyTwoBit => {
                self.array::<4>()?;
                Payload::Other
            }
            WireType::StartGroup => {
                self.skip_group(number, depth)?;
                Payload::Other
            }
            WireType::EndGroup => return Err(Malformed::Group),
        })
    }

    #[cold]
    fn skip_group(&mut self, group: u32, depth: usize) -> Result<(), Malformed> {
        let depth = depth.checked_sub(1).ok_or(Malformed::Depth)?;
        loop {
            match self.key()? {
                (number, WireType::EndGroup) if number == group => return Ok(()),
                (number, wire_type) => self.payload(number, wire_type, depth)?,
            };
        }
    }

    /// Reads a key: a field's number, and the wire type of its value.
    #[inline]
    fn key(&mut self) -> Result<(u32, WireType), Malformed> {
        let key = u32::try_from(self.varint()?).map_err(|_| Malformed::Key)?;
        let wire_type = match key & 7 {
            0 => WireType::Varint,
            1 => WireType::SixtyFourBit,
            2 => WireType::Delimited,
            3 => WireType::StartGroup,
            4 => WireType::EndGroup,
            5 => WireType::ThirtyTwoBit,
            _ => return Err(Malformed::Key),
        };
        match key >> 3 {
            0 => Err(Malformed::Key),
            number => Ok((number, wire_type)),
        }
    }

    #[inline]
    fn varint(&mut self) -> Result<u64, Malformed> {
        match self.0.split_first() {
            // Most numbers are below 128.
            Some((&byte, rest)) if byte < 0x80 => {
                self.0 = rest;
                Ok(byte.into())
            }
            _ => self.long_varint(),
        }
    }

    fn long_varint(&mut self) -> Result<u64, Malformed> {
        let mut number = 0;
        for (shift, &byte) in (0..u64::BITS).step_by(7).zip(self.0) {
            number |= u64::from(byte & 0x7f) << shift;
            if byte < 0x80 {
                // Nine bytes hold 63 bits, so the tenth holds one.
                if shift == 63 && byte > 1 {
                    return Err(Malformed::Varint);
                }
                self.0 = &self.0[shift as usize / 7 + 1..];
                return Ok(number);
            }
        }
        Err(if self.0.len() < 10 { Malformed::Truncated } else { Malformed::Varint })
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (bytes, rest) = self.0.split_first_chunk().ok_or(Malformed::Truncated)?;
        self.0 = rest;
        Ok(*bytes)
    }
}

pub(super) fn put_key(number: u32, wire_type: WireType, buffer: &mut Vec<u8>) {
    put_varint(key(number, wire_type), buffer);
}

pub(super) fn put_varint(mut number: u64, buffer: &mut Vec<u8>) {
    while number >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time")]
        buffer.push(number as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "the last seven bits")]
    buffer.push(number as u8);
}

/// The length of a key, in bytes.
pub(super) fn key_len(number: u32) -> usize {
    varint_len(key(number, WireType::Varint))
}

/// The length of a varint, in bytes: one for each seven bits.
pub(super) fn varint_len(number: u64) -> usize {
    (u64::BITS - (number | 1).leading_zeros()).div_ceil(7) as usize
}

fn key(number: u32, wire_type: WireType) -> u64 {
    u64::from(number) << 3 | wire_type as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_they_are_written() {
        let edges = (0..u64::BITS).flat_map(|bit| [(1 << bit) - 1, 1 << bit]);
        for number in edges.chain([u64::MAX]) {
            let mut buffer = Vec::new();
            put_varint(number, &mut buffer);
            assert_eq!(buffer.len(), varint_len(number), "{number}");
            let mut records = Records(&buffer);
            assert_eq!(records.varint().expect("a number"), number);
            assert!(records.0.is_empty());
        }
    }

    #[test]
    fn a_number_has_ten_bytes_and_64_bits_at_most() {
        let number = |bytes: &[u8]| Records(bytes).varint();
        let filled = |last: &[u8]| [&[0xff; 9], last].concat();
        assert_eq!(number(&filled(&[1])), Ok(u64::MAX));
        assert_eq!(number(&filled(&[2])), Err(Malformed::Varint));
        assert_eq!(number(&filled(&[0x80, 0])), Err(Malformed::Varint));
        assert_eq!(number(&filled(&[])), Err(Malformed::Truncated));
        assert_eq!(number(&[0x80, 0x80, 0]), Ok(0));
    }

    #[test]
    fn what_no_field_has_is_skipped() {
        let cases: [&[u8]; 3] = [
            &[0x0d, 1, 2, 3, 4],                            // 32 bits.
            &[0x0b, 0x08, 1, 0x13, 0x14, 0x0c],             // A group with a number and a group.
            &[0x0b, 0x12, 1, 0x0c, 0x0d, 0, 0, 0, 0, 0x0c], // One with a text and 32 bits.
        ];
        for bytes in cases {
            let records: Result<Vec<_>, _> = Records(bytes).collect();
            assert!(matches!(records.as_deref(), Ok([(1, Payload::Other)])), "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_message_is_told_apart() {
        let deep = |levels| [vec![0x0b; levels], vec![0x0c; levels]].concat();
        assert!(Records(&deep(DEEPEST)).all(|value| value.is_ok()));
        let (deeper, huge) = (deep(DEEPEST + 1), [0xff; 11]);
        let cases: [(&[u8], _); 10] = [
            (&[0x00, 0x01], Malformed::Key),                   // Number zero.
            (&[0x0e], Malformed::Key),                         // An unknown wire type.
            (&[0x80, 0x80, 0x80, 0x80, 0x10], Malformed::Key), // 33 bits.
            (&[0x0c], Malformed::Group), // The end of a group that has not begun.
            (&[0x0b, 0x14], Malformed::Group), // The end of another group.
            (&[0x0b, 0x08, 0x01], Malformed::Truncated), // A group without an end.
            (&[0x0d, 1, 2, 3], Malformed::Truncated),
            (&[0x09, 1, 2, 3, 4, 5, 6, 7], Malformed::Truncated),
            (&deeper, Malformed::Depth),
            (&huge, Malformed::Varint),
        ];
        for (bytes, fault) in cases {
            let records: Result<Vec<_>, _> = Records(bytes).collect();
            assert_eq!(records.err(), Some(fault), "{bytes:?}");
        }
    }
}
