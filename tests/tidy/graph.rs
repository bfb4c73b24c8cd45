//! Which file knows which: modules, what they declare and import, and the circles among files.

use crate::source::{Kind, Source, Token, is_test_file};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// Imports of imports that are followed; more are a circle of names.
const HOPS_MAX: usize = 16;
/// Words that begin a declaration of something with a name.
const DECLARES: &[&str] = &["struct", "enum", "union", "trait", "type", "fn", "const", "static"];

/// The modules of `src`, tests left out.
pub struct Package<'s> {
    /// The files.
    pub sources: Vec<&'s Source>,
    /// The modules, inline ones among them.
    pub modules: Vec<Module>,
    places: HashMap<Vec<String>, usize>,
}

/// A module.
pub struct Module {
    /// Its names from the root.
    pub path: Vec<String>,
    /// The file it stands in.
    pub file: usize,
    /// Its tokens in that file: from, to.
    pub span: (usize, usize),
    declared: HashSet<String>,
    imports: Vec<Import>,
}

/// One name that a `use` brings.
struct Import {
    name: String,
    path: Vec<String>,
    is_public: bool,
    line: usize,
}

/// What a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Target {
    /// A module.
    Module(usize),
    /// Something that a file declares.
    Item(usize),
}

/// One file names something of another.
pub struct Edge {
    /// Where.
    pub line: usize,
    /// What is written there.
    pub says: String,
}

impl<'s> Package<'s> {
    /// Reads the modules of these files.
    pub fn new(sources: &'s [Source]) -> Package<'s> {
        let is_code = |source: &&Source| {
            let path = source.path.as_str();
            path.starts_with("src/") && path != "src/main.rs" && !is_test_file(path)
        };
        let mut package = Package {
            sources: sources.iter().filter(is_code).collect(),
            modules: Vec::new(),
            places: HashMap::new(),
        };
        for (file, source) in package.sources.clone().into_iter().enumerate() {
            let path = source.module().iter().map(|name| (*name).to_owned()).collect();
            package.read(file, path, (0, source.tokens.len()));
        }
        package
    }

    /// Adds a module and those inside of it.
    fn read(&mut self, file: usize, path: Vec<String>, span: (usize, usize)) {
        let source = self.sources[file];
        let mut module = Module { path, file, span, declared: HashSet::new(), imports: Vec::new() };
        let (mut at, mut depth, mut inner) = (span.0, 0usize, Vec::new());
        while at < span.1 {
            let token = &source.tokens[at];
            match &token.kind {
                Kind::Open(_) => depth += 1,
                Kind::Close(_) => depth -= 1,
                Kind::Word(word) if !token.test && word == "use" => {
                    at = module.import(source, at);
                }
                Kind::Word(word) if !token.test && depth == 0 && word == "mod" => {
                    if source.tokens.get(at + 2).is_some_and(|next| next.kind == Kind::Open('{')) {
                        let end = source.closing(at + 2);
                        let name = source.tokens[at + 1].word().unwrap_or_default();
                        inner.push((name.to_owned(), (at + 3, end)));
                        at = end;
                    }
                }
                Kind::Word(_) if !token.test && depth == 0 => {
                    module.declared.extend(declared(&source.tokens[at..]));
                }
                Kind::Word(_) | Kind::Punct(_) | Kind::Literal(_) => {}
            }
            at += 1;
        }
        let path = module.path.clone();
        self.places.insert(path.clone(), self.modules.len());
        self.modules.push(module);
        for (name, span) in inner {
            self.read(file, [path.as_slice(), &[name]].concat(), span);
        }
    }

    /// The module of `file` in which the token at `at` stands.
    pub fn module_at(&self, file: usize, at: usize) -> usize {
        let holds =
            |module: &&Module| module.file == file && module.span.0 <= at && at < module.span.1;
        let inside = self.modules.iter().filter(holds);
        let inner = inside.max_by_key(|module| module.path.len()).expect("every file is a module");
        self.places[&inner.path]
    }

    /// What `path`, written in module `from`, leads to; nothing, if it leads out of the package.
    pub fn resolve(&self, from: usize, path: &[String]) -> Option<Target> {
        self.follow(from, path, HOPS_MAX)
    }

    fn follow(&self, from: usize, path: &[String], hops: usize) -> Option<Target> {
        let hops = hops.checked_sub(1)?;
        let (mut at, mut rest) = (from, path);
        let mut is_ours = false;
        while let [first, tail @ ..] = rest {
            let place = match first.as_str() {
                "crate" | "evenkeel" => Vec::new(),
                "self" => self.modules[at].path.clone(),
                "super" => self.modules[at].path.split_last()?.1.to_vec(),
                _ => break,
            };
            (at, rest, is_ours) = (*self.places.get(&place)?, tail, true);
        }
        for name in rest {
            match self.lookup(at, name, hops) {
                Some(Target::Module(next)) => (at, is_ours) = (next, true),
                Some(Target::Item(file)) => return Some(Target::Item(file)),
                // A macro's work, most likely: it stands where it is called.
                None => return is_ours.then_some(Target::Item(self.modules[at].file)),
            }
        }
        Some(Target::Module(at))
    }

    /// What a name means in a module.
    fn lookup(&self, module: usize, name: &str, hops: usize) -> Option<Target> {
        let here = &self.modules[module];
        let child = [here.path.as_slice(), &[name.to_owned()]].concat();
        if let Some(&child) = self.places.get(&child) {
            return Some(Target::Module(child));
        }
        if here.declared.contains(name) {
            return Some(Target::Item(here.file));
        }
        let mut named = here.imports.iter().filter(|import| import.name == name);
        if let Some(found) = named.find_map(|import| self.follow(module, &import.path, hops)) {
            return Some(found);
        }
        let globs = here.imports.iter().filter(|import| import.name == "*");
        globs.into_iter().find_map(|glob| match self.follow(module, &glob.path, hops)? {
            Target::Module(other) if other != module => {
                self.lookup(other, name, hops.checked_sub(1)?)
            }
            Target::Module(_) | Target::Item(_) => None,
        })
    }

    /// The file a path leads to.
    pub fn file(&self, from: usize, path: &[String]) -> Option<usize> {
        Some(match self.resolve(from, path)? {
            Target::Module(module) => self.modules[module].file,
            Target::Item(file) => file,
        })
    }

    /// Whether a name in a module is an import of a name of the type `owner`, as variants are.
    pub fn is_imported_from(
        &self,
        module: usize,
        name: &str,
        owner: impl Fn(&str) -> bool,
    ) -> bool {
        let mut imports = self.modules[module].imports.iter();
        imports.any(|import| match import.path.as_slice() {
            [.., from, last] => last == name && import.name == name && owner(from),
            _ => false,
        })
    }

    /// Every pair of files of which the first names something of the second.
    pub fn edges(&self) -> BTreeMap<(usize, usize), Edge> {
        let mut edges = BTreeMap::new();
        for (at, module) in self.modules.iter().enumerate() {
            for import in &module.imports {
                let Some(file) = self.file(at, &import.path) else { continue };
                let to = self.sources[file].module();
                let is_child = to.len() > module.path.len()
                    && to.iter().zip(&module.path).all(|(one, two)| one == two);
                if !(import.is_public && is_child) {
                    let says = format!("use {}", import.path.join("::"));
                    add(&mut edges, (module.file, file), import.line, says);
                }
            }
            for (path, line) in self.inline_paths(at) {
                if let Some(file) = self.file(at, &path) {
                    add(&mut edges, (module.file, file), line, path.join("::"));
                }
            }
        }
        edges
    }

    /// The paths of two names or more that stand in a module outside its imports.
    fn inline_paths(&self, module: usize) -> Vec<(Vec<String>, usize)> {
        let Module { file, span, .. } = self.modules[module];
        let tokens = &self.sources[file].tokens;
        let mut found = Vec::new();
        let mut at = span.0;
        while at < span.1 {
            let token = &tokens[at];
            let is_start = at < 2 || !joins(&tokens[at - 2..]);
            match token.word() {
                Some("use") => {
                    while at < span.1 && !tokens[at].is(';') {
                        at += 1;
                    }
                }
                Some(_) if !token.test && is_start && self.module_at(file, at) == module => {
                    let (path, next) = path(tokens, at);
                    if 1 < path.len() {
                        found.push((path, token.line));
                    }
                    at = next;
                    continue;
                }
                Some(_) | None => {}
            }
            at += 1;
        }
        found
    }

    /// Files that know each other in a circle: of each circle its files.
    pub fn circles(&self, edges: &BTreeMap<(usize, usize), Edge>) -> Vec<Vec<usize>> {
        let reach: Vec<BTreeSet<usize>> =
            (0..self.sources.len()).map(|file| reached(edges, file)).collect();
        let mut circles: Vec<Vec<usize>> = Vec::new();
        for one in 0..self.sources.len() {
            let circle: Vec<usize> = (0..self.sources.len())
                .filter(|&two| reach[one].contains(&two) && reach[two].contains(&one))
                .collect();
            if 1 < circle.len() && circle.first() == Some(&one) {
                circles.push(circle);
            }
        }
        circles
    }
}

/// Files that can be reached from one.
fn reached(edges: &BTreeMap<(usize, usize), Edge>, from: usize) -> BTreeSet<usize> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(file) = open.pop() {
        for ((_, to), _) in edges.range((file, 0)..(file + 1, 0)) {
            if seen.insert(*to) {
                open.push(*to);
            }
        }
    }
    seen
}

/// Adds an edge, unless it leads nowhere else or is known.
fn add(
    edges: &mut BTreeMap<(usize, usize), Edge>,
    ends: (usize, usize),
    line: usize,
    says: String,
) {
    if ends.0 != ends.1 {
        edges.entry(ends).or_insert(Edge { line, says });
    }
}

impl Module {
    /// Takes in the `use` at `at`; gives where it ends.
    fn import(&mut self, source: &Source, at: usize) -> usize {
        let end = (at..source.tokens.len()).find(|&end| source.tokens[end].is(';'));
        let end = end.unwrap_or(source.tokens.len());
        let before = &source.tokens[..at];
        let is_public = match before {
            [.., last] if last.word() == Some("pub") => true,
            [.., open, _, close] => close.kind == Kind::Close(')') && open.kind == Kind::Open('('),
            _ => false,
        };
        self.tree(source, (at + 1, end), &[], is_public);
        end
    }

    /// Takes in the part of a `use` between two tokens, which stands behind `prefix`.
    fn tree(&mut self, source: &Source, span: (usize, usize), prefix: &[String], is_public: bool) {
        let tokens = &source.tokens[..span.1];
        let (names, next) = path(tokens, span.0);
        let line = source.tokens[span.0.min(span.1 - 1)].line;
        let mut path = [prefix, names.as_slice()].concat();
        let after = tokens.get(next..).unwrap_or_default();
        match after {
            [first, second, third, ..] if first.is(':') && second.is(':') && third.is('*') => {
                self.imports.push(Import { name: "*".to_owned(), path, is_public, line });
            }
            [first, second, third, ..]
                if first.is(':') && second.is(':') && third.kind == Kind::Open('{') =>
            {
                self.braces(source, next + 2, &path, is_public);
            }
            [first, ..] if first.kind == Kind::Open('{') => {
                self.braces(source, next, &path, is_public);
            }
            [_, name] if after[0].word() == Some("as") => {
                let name = name.word().unwrap_or("_").to_owned();
                self.imports.push(Import { name, path, is_public, line });
            }
            _ => {
                if path.last().is_some_and(|last| last == "self") && 1 < path.len() {
                    path.pop();
                }
                let name = path.last().cloned().unwrap_or_default();
                self.imports.push(Import { name, path, is_public, line });
            }
        }
    }

    /// Takes in the braces of a `use` that open at `open`.
    fn braces(&mut self, source: &Source, open: usize, prefix: &[String], is_public: bool) {
        let close = source.closing(open);
        let (mut start, mut at) = (open + 1, open + 1);
        while at <= close {
            if at == close || source.tokens[at].is(',') {
                if start < at {
                    self.tree(source, (start, at), prefix, is_public);
                }
                start = at + 1;
            }
            let is_open = matches!(source.tokens[at].kind, Kind::Open(_));
            at = if is_open { source.closing(at) + 1 } else { at + 1 };
        }
    }
}

/// The name that is declared at the front.
fn declared(tokens: &[Token]) -> Option<String> {
    let word = tokens[0].word()?;
    if word == "macro_rules" {
        return Some(tokens.get(2)?.word()?.to_owned());
    }
    let name = tokens.get(1)?.word()?;
    (DECLARES.contains(&word) && !DECLARES.contains(&name)).then(|| name.to_owned())
}

/// The names of the path that begins at `at`, and the first token after it.
pub fn path(tokens: &[Token], at: usize) -> (Vec<String>, usize) {
    let (mut names, mut next) = (Vec::new(), at);
    while let Some(word) = tokens.get(next).and_then(Token::word) {
        names.push(word.to_owned());
        next += 1;
        let goes_on = joins(tokens.get(next..).unwrap_or_default())
            && tokens.get(next + 2).and_then(Token::word).is_some();
        if !goes_on {
            break;
        }
        next += 2;
    }
    (names, next)
}

/// Whether `::` stands at the front.
fn joins(tokens: &[Token]) -> bool {
    matches!(tokens, [first, second, ..] if first.is(':') && second.is(':'))
}

/// A complaint for every circle, with what closes it.
pub fn circles(sources: &[Source]) -> Vec<String> {
    let package = Package::new(sources);
    let edges = package.edges();
    let tell = |circle: &Vec<usize>| {
        let name = |file: usize| package.sources[file].path.as_str();
        let inside = edges
            .iter()
            .filter(|((from, to), _)| circle.contains(from) && circle.contains(to))
            .map(|((from, to), edge)| {
                format!("    {}:{} -> {}: `{}`", name(*from), edge.line, name(*to), edge.says)
            });
        let (files, inside): (Vec<&str>, Vec<String>) =
            (circle.iter().map(|&file| name(file)).collect(), inside.collect());
        format!("a circle of {} files: {}\n{}", files.len(), files.join(" "), inside.join("\n"))
    };
    package.circles(&edges).iter().map(tell).collect()
}

/// Files that stand in a circle.
pub fn files_in_circles(sources: &[Source]) -> usize {
    let package = Package::new(sources);
    let edges = package.edges();
    package.circles(&edges).iter().map(Vec::len).sum()
}
