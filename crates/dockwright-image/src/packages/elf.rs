//! Sections of programs. Source: elf(5).

/// What every such file begins with.
pub(super) const MAGIC: [u8; 4] = *b"\x7fELF";

/// Bytes of the smallest header.
pub(super) const SMALLEST: u64 = 52;

/// The section of a name. Anything malformed has none.
pub(super) fn section<'a>(file: &'a [u8], name: &str) -> Option<&'a [u8]> {
    let elf = Elf {
        file,
        is_wide: file.get(4)? == &2,
        is_big: file.get(5)? == &2,
    };
    let wide = elf.is_wide;
    let table = elf.number(if wide { 40 } else { 32 }, wide)?;
    let size = elf.half(if wide { 58 } else { 46 })?;
    let count = elf.half(if wide { 60 } else { 48 })?;
    let names = elf.half(if wide { 62 } else { 50 })?;
    let header = |index: usize| table.checked_add(index.checked_mul(size)?);
    let names = elf.contents(header(names)?)?;
    (0..count).find_map(|index| {
        let header = header(index)?;
        let start = elf.word(header)?;
        let called = names.get(start..)?.get(..=name.len())?;
        let is_it = called.strip_suffix(&[0])? == name.as_bytes();
        if is_it { elf.contents(header) } else { None }
    })
}

struct Elf<'a> {
    file: &'a [u8],
    is_wide: bool,
    is_big: bool,
}

impl<'a> Elf<'a> {
    /// What the section with a header is.
    fn contents(&self, header: usize) -> Option<&'a [u8]> {
        let wide = self.is_wide;
        let start = self.number(header.checked_add(if wide { 24 } else { 16 })?, wide)?;
        let size = self.number(header.checked_add(if wide { 32 } else { 20 })?, wide)?;
        self.file.get(start..start.checked_add(size)?)
    }

    fn half(&self, place: usize) -> Option<usize> {
        let bytes: [u8; 2] = self.bytes(place)?;
        let number = if self.is_big {
            u16::from_be_bytes(bytes)
        } else {
            u16::from_le_bytes(bytes)
        };
        Some(usize::from(number))
    }

    fn word(&self, place: usize) -> Option<usize> {
        let bytes: [u8; 4] = self.bytes(place)?;
        let number = if self.is_big {
            u32::from_be_bytes(bytes)
        } else {
            u32::from_le_bytes(bytes)
        };
        usize::try_from(number).ok()
    }

    fn number(&self, place: usize, is_wide: bool) -> Option<usize> {
        if !is_wide {
            return self.word(place);
        }
        let bytes: [u8; 8] = self.bytes(place)?;
        let number = if self.is_big {
            u64::from_be_bytes(bytes)
        } else {
            u64::from_le_bytes(bytes)
        };
        usize::try_from(number).ok()
    }

    fn bytes<const N: usize>(&self, place: usize) -> Option<[u8; N]> {
        self.file.get(place..place.checked_add(N)?)?.try_into().ok()
    }
}
