//! Parts that do not fit into their total.

use super::{Conservation, TokenUsage};

/// Cuts parts that do not fit into their total, so that whatever is reported adds up.
pub(crate) fn fit_parts(usage: &mut TokenUsage, verdict: &mut Conservation) {
    let mut contradiction = false;
    if let Some(input) = usage.input {
        contradiction |= cut(&mut usage.cache_read, input);
        contradiction |= cut(&mut usage.cache_write, input.saturating_sub(usage.cache_read.unwrap_or(0)));
        let parts =
            [&mut usage.text_input, &mut usage.audio_input, &mut usage.image_input, &mut usage.video_input];
        contradiction |= drop_parts(parts, input);
        contradiction |= drop_parts([&mut usage.tool_use_input], input);
    }
    if let Some(written) = usage.cache_write {
        let parts = [
            &mut usage.cache_write_5m,
            &mut usage.cache_write_30m,
            &mut usage.cache_write_1h,
            &mut usage.cache_write_12h,
        ];
        contradiction |= drop_parts(parts, written);
    }
    if let Some(read) = usage.cache_read {
        let parts = [
            &mut usage.text_cache_read,
            &mut usage.audio_cache_read,
            &mut usage.image_cache_read,
            &mut usage.video_cache_read,
        ];
        contradiction |= drop_parts(parts, read);
    }
    if let Some(output) = usage.output {
        contradiction |= drop_parts([&mut usage.reasoning], output);
        let parts = [
            &mut usage.text_output,
            &mut usage.audio_output,
            &mut usage.image_output,
            &mut usage.video_output,
        ];
        contradiction |= drop_parts(parts, output);
    }
    if contradiction {
        verdict.note(Conservation::Contradictory);
    }
}

/// Cuts a part to its total; tells whether it had to. Where nothing is left it is unknown, since somebody counted some.
fn cut(part: &mut Option<u64>, total: u64) -> bool {
    let exceeds = part.is_some_and(|count| count > total);
    if exceeds {
        *part = Some(total).filter(|left| *left > 0);
    }
    exceeds
}

/// Drops parts that together exceed their total, since nobody can say which is wrong; tells whether it had to.
fn drop_parts<const N: usize>(parts: [&mut Option<u64>; N], total: u64) -> bool {
    let sum = parts.iter().filter_map(|part| **part).fold(0, u64::saturating_add);
    if sum <= total {
        return false;
    }
    parts.into_iter().for_each(|part| *part = None);
    true
}
