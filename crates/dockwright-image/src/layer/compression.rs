//! How layers are compressed, by their first bytes: media types are not always right.

use std::io::{self, BufRead, Read};

use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// How a layer is compressed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// Not at all.
    #[default]
    None,
    /// By gzip.
    Gzip,
    /// By Zstandard.
    Zstd,
}

impl Compression {
    /// Its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// What begins so.
    pub(crate) fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            // A frame, or one that decoders skip, which zstd:chunked may begin with.
            [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// What is inside.
    pub(crate) fn decoder<'a, R: BufRead + Send + 'a>(self, input: R) -> Box<dyn Read + Send + 'a> {
        match self {
            Self::None => Box::new(input),
            Self::Gzip => Box::new(MultiGzDecoder::new(input)),
            Self::Zstd => Box::new(Frames {
                input,
                decoder: FrameDecoder::new(),
                is_inside: false,
            }),
        }
    }
}

/// Frames of Zstandard, one after the other.
struct Frames<R> {
    input: R,
    decoder: FrameDecoder,
    is_inside: bool,
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame, and says whether there is one.
    fn begin(&mut self) -> io::Result<bool> {
        loop {
            match self.input.fill_buf()? {
                [] => return Ok(false),
                [0x50..=0x5f, ..] => self.skip()?,
                _ => break,
            }
        }
        self.decoder.reset(&mut self.input).map_err(wrong)?;
        self.is_inside = true;
        Ok(true)
    }

    /// Skips a frame that is no data: its mark, its length, and what is in it.
    fn skip(&mut self) -> io::Result<()> {
        let mut head = [0; 8];
        self.input.read_exact(&mut head)?;
        let [_, 0x2a, 0x4d, 0x18, a, b, c, d] = head else {
            return Err(wrong("what follows a frame is none"));
        };
        let length = u64::from(u32::from_le_bytes([a, b, c, d]));
        let copied = io::copy(&mut self.input.by_ref().take(length), &mut io::sink())?;
        if copied < length {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(())
    }
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            if !self.is_inside && !self.begin()? {
                return Ok(0);
            }
            while self.decoder.can_collect() < buffer.len() && !self.decoder.is_finished() {
                let missing = buffer.len() - self.decoder.can_collect();
                let strategy = BlockDecodingStrategy::UptoBytes(missing);
                self.decoder
                    .decode_blocks(&mut self.input, strategy)
                    .map_err(wrong)?;
            }
            let read = self.decoder.read(buffer)?;
            if read > 0 || buffer.is_empty() {
                return Ok(read);
            }
            self.is_inside = false;
        }
    }
}

fn wrong(error: impl std::fmt::Display) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, format!("Zstandard: {error}"))
}
