namespace Sweeps.ModelCore.Data;

/// <summary>
/// The identifiers and literals that code is written with. The pools are small enough that a small model knows
/// each word, and large enough that a circuit cannot lean on single words; the pools of the task splits share no word.
/// </summary>
internal sealed record WordPool(
    string[] Collections, string[] Sources, string[] Items, string[] Functions, string[] Texts, string[] Numbers)
{
    /// <summary>Words of the training split of every task.</summary>
    public static WordPool Train { get; } = new(
        Collections: ["seen", "found", "text", "out", "result", "values", "groups", "total", "picked", "entries", "buffer", "matches",
        "tokens", "known", "stack", "queue"],
        Sources: ["rows", "items", "data", "files", "xs", "events", "records", "inputs", "tasks", "cells", "edges", "reads"],
        Items: ["x", "row", "item", "key", "a", "b", "user", "name", "h", "cell", "task", "edge", "event", "v", "q", "record"],
        Functions: ["load", "read", "run", "parse", "find", "scan", "init", "build", "fetch", "pack", "join", "split", "trim", "count",
            "paint", "draw"],
        Texts:
        [
            "hello", "there", "all", "done", "file", "next", "last", "good", "bad", "new", "open", "close", "soon", "only",
            "red", "blue", "warm", "cold", "rain", "snow", "tree", "leaf", "salt", "milk", "king", "queen", "north", "south",
        ],
        Numbers: ["0", "1", "2", "3", "5", "8", "10", "12", "20", "40", "22", "25", "33", "48", "64", "75"]);

    /// <summary>Words of the validation split of every task.</summary>
    public static WordPool Validation { get; } = new(
        Collections: ["words", "parts", "kept", "lists", "paths", "hits", "state", "names", "answer", "pieces", "active", "labels",
        "replies", "pairs", "heap", "folder"],
        Sources: ["users", "nodes", "ys", "steps", "keys", "blocks", "images", "models", "orders", "votes", "scores", "teams"],
        Items: ["y", "node", "c", "part", "word", "m", "t", "value", "g", "image", "model", "order", "vote", "w", "e", "team"],
        Functions: ["save", "check", "get", "update", "apply", "clean", "move", "sort", "copy", "wrap", "lock", "show", "reset", "match",
            "fill", "hash"],
        Texts:
        [
            "start", "stop", "ready", "again", "time", "late", "early", "home", "away", "low", "high", "up", "down", "over",
            "green", "pink", "soft", "hard", "wind", "storm", "root", "seed", "sugar", "bread", "prince", "duke", "east", "west",
        ],
        Numbers: ["4", "6", "14", "30", "15", "18", "60", "90", "21", "24", "35", "45", "66", "72", "84", "96"]);

    /// <summary>Words of the test split of every task.</summary>
    public static WordPool Test { get; } = new(
        Collections: ["used", "tags", "body", "marks", "sets", "lots", "fields", "chunks", "chosen", "titles", "cache", "digits", "index",
        "passed", "bag", "report"],
        Sources: ["lines", "pages", "zs", "jobs", "links", "points", "sounds", "films", "bills", "games", "grades", "clubs"],
        Items: ["z", "line", "d", "page", "u", "job", "link", "p", "k", "sound", "film", "bill", "game", "s", "r", "club"],
        Functions: ["make", "send", "step", "test", "call", "write", "merge", "push", "store", "press", "free", "drop", "launch", "pick",
            "turn", "shift"],
        Texts:
        [
            "left", "right", "wait", "more", "first", "second", "then", "here", "now", "fast", "slow", "big", "small", "top",
            "black", "white", "dry", "wet", "sun", "fog", "grass", "moss", "rice", "corn", "lord", "lady", "front", "back",
        ],
        Numbers: ["7", "9", "11", "50", "13", "17", "70", "80", "23", "27", "36", "49", "55", "68", "77", "99"]);

    /// <summary>The one name of set_or_string_fixedvarname, in every split.</summary>
    public const string FixedName = "current";

    /// <summary>All words: what the corpus is written with.</summary>
    public static WordPool All { get; } = new(
        [.. Train.Collections, .. Validation.Collections, .. Test.Collections, FixedName],
        [.. Train.Sources, .. Validation.Sources, .. Test.Sources],
        [.. Train.Items, .. Validation.Items, .. Test.Items],
        [.. Train.Functions, .. Validation.Functions, .. Test.Functions],
        [.. Train.Texts, .. Validation.Texts, .. Test.Texts],
        [.. Train.Numbers, .. Validation.Numbers, .. Test.Numbers]);

    public IEnumerable<string> Words => [.. Collections, .. Sources, .. Items, .. Functions, .. Texts, .. Numbers];
}
