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
        Collections: ["seen", "found", "text", "out", "result", "values", "groups", "total"],
        Sources: ["rows", "items", "data", "files", "xs", "events"],
        Items: ["x", "row", "item", "key", "a", "b", "user", "name"],
        Functions: ["load", "read", "run", "parse", "find", "scan", "init", "build"],
        Texts: ["hello", "there", "all", "done", "file", "next", "last", "good", "bad", "new", "open", "close", "soon", "only"],
        Numbers: ["0", "1", "2", "3", "5", "8", "10", "12", "20", "40"]);

    /// <summary>Words of the validation split of every task.</summary>
    public static WordPool Validation { get; } = new(
        Collections: ["words", "parts", "kept", "names", "lists", "paths", "hits", "state"],
        Sources: ["users", "nodes", "ys", "steps", "keys", "blocks"],
        Items: ["y", "node", "c", "part", "word", "m", "t", "value"],
        Functions: ["save", "check", "get", "update", "apply", "clean", "move", "sort"],
        Texts: ["start", "stop", "ready", "again", "time", "late", "early", "home", "away", "low", "high", "up", "down", "over"],
        Numbers: ["4", "6", "14", "30", "15", "18", "60", "90"]);

    /// <summary>Words of the test split of every task.</summary>
    public static WordPool Test { get; } = new(
        Collections: ["used", "tags", "body", "marks", "sets", "lots", "fields", "chunks"],
        Sources: ["lines", "pages", "zs", "jobs", "links", "points"],
        Items: ["z", "line", "d", "page", "u", "job", "link", "p"],
        Functions: ["make", "send", "step", "test", "call", "write", "merge", "push"],
        Texts: ["left", "right", "wait", "more", "first", "second", "then", "here", "now", "fast", "slow", "big", "small", "top"],
        Numbers: ["7", "9", "11", "50", "13", "17", "70", "80"]);

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

    /// <summary>Every word of the pool.</summary>
    public IEnumerable<string> Words => [.. Collections, .. Sources, .. Items, .. Functions, .. Texts, .. Numbers];
}
