//! Draws values of a format that is written as a small regular expression.

use crate::random::Random;

/// Draws a value that the whole pattern matches.
///
/// Patterns know literals, `\` before a literal, classes such as `[a-z0-9_-]`, groups `(a|b)`, and the counts `{n}`,
/// `{n,m}` and `?`. One notation then says to people, to this generator and to the test with a real regular expression
/// engine what a vendor's format is.
pub(crate) fn draw(pattern: &str, random: &mut Random) -> String {
    let mut text = String::new();
    let choices = parse(pattern);
    draw_choice(&choices, random, &mut text);
    text
}

enum Piece {
    Literal(char),
    Class(Vec<char>),
    Group(Vec<Vec<Repeated>>),
}

struct Repeated {
    piece: Piece,
    fewest: u64,
    most: u64,
}

fn draw_choice(choices: &[Vec<Repeated>], random: &mut Random, text: &mut String) {
    let index = random.below(choices.len());
    for repeated in choices.get(index).into_iter().flatten() {
        for _ in 0..random.between(repeated.fewest, repeated.most) {
            match &repeated.piece {
                Piece::Literal(literal) => text.push(*literal),
                Piece::Class(members) => text.push(random.pick(members)),
                Piece::Group(inner) => draw_choice(inner, random, text),
            }
        }
    }
}

fn parse(pattern: &str) -> Vec<Vec<Repeated>> {
    let characters: Vec<char> = pattern.chars().collect();
    let mut position = 0;
    parse_choices(&characters, &mut position)
}

fn parse_choices(characters: &[char], position: &mut usize) -> Vec<Vec<Repeated>> {
    let mut choices = Vec::new();
    let mut current = Vec::new();
    while let Some(&character) = characters.get(*position) {
        *position += 1;
        let piece = match character {
            ')' => break,
            '|' => {
                choices.push(std::mem::take(&mut current));
                continue;
            }
            '(' => Piece::Group(parse_choices(characters, position)),
            '[' => Piece::Class(parse_class(characters, position)),
            '\\' => {
                let escaped = characters.get(*position).copied().unwrap_or('\\');
                *position += 1;
                Piece::Literal(escaped)
            }
            literal => Piece::Literal(literal),
        };
        let (fewest, most) = parse_count(characters, position);
        current.push(Repeated { piece, fewest, most });
    }
    choices.push(current);
    choices
}

fn parse_class(characters: &[char], position: &mut usize) -> Vec<char> {
    let mut members = Vec::new();
    while let Some(&character) = characters.get(*position) {
        *position += 1;
        if character == ']' {
            break;
        }
        let end = characters.get(*position + 1).copied().unwrap_or(']');
        if characters.get(*position) == Some(&'-') && end != ']' {
            members.extend(character..=end);
            *position += 2;
        } else {
            members.push(character);
        }
    }
    members
}

fn parse_count(characters: &[char], position: &mut usize) -> (u64, u64) {
    match characters.get(*position) {
        Some('?') => {
            *position += 1;
            (0, 1)
        }
        Some('{') => {
            let digits: String = characters.iter().skip(*position + 1).take_while(|c| **c != '}').collect();
            *position += digits.chars().count() + 2;
            let (fewest, most) = digits.split_once(',').unwrap_or((&digits, &digits));
            let fewest = fewest.parse().unwrap_or(1);
            (fewest, most.parse().unwrap_or(fewest))
        }
        _ => (1, 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_match_their_pattern() {
        let mut random = Random::new(7);
        for pattern in
            ["ab(c|[0-9]{2})", r"x\.[A-Za-z0-9_-]{3,9}", "(k|v){2}=?", "[a-f0-9]{8}(-[a-f0-9]{4}){3}"]
        {
            let regex = regex::Regex::new(&format!("^(?:{pattern})$")).unwrap();
            for _ in 0..200 {
                let text = draw(pattern, &mut random);
                assert!(regex.is_match(&text), "{pattern} drew {text}");
            }
        }
    }
}
