namespace Sweeps.ModelCore.Data;

/// <summary>
/// The identifiers and literals that code is written with. The pools are small, so that each word is frequent enough for a
/// small model to know it, and the pools of the task splits share no word.
/// </summary>
internal sealed record WordPool(
    string[] Collections, string[] Sources, string[] Items, string[] Functions, string[] Texts, string[] Numbers)
{
    /// <summary>Words of the training split of every task.</summary>
    public static WordPool Train { get; } = new(
        Collections: ["seen", "found", "text", "out", "result", "values"],
        Sources: ["rows", "items", "data", "files", "xs"],
        Items: ["x", "row", "item", "key", "a", "b"],
        Functions: ["load", "read", "run", "parse", "find"],
        Texts: ["hello", "there", "all", "done", "file", "next", "last", "good", "bad", "new"],
        Numbers: ["0", "1", "2", "3", "5", "8", "10", "12", "20", "40"]);

    /// <summary>Words of the validation split of every task.</summary>
    public static WordPool Validation { get; } = new(
        Collections: ["words", "parts", "kept", "names"],
        Sources: ["users", "nodes", "ys"],
        Items: ["y", "node", "c", "part"],
        Functions: ["save", "check", "get"],
        Texts: ["start", "stop", "ready", "again", "time"],
        Numbers: ["4", "6", "14", "30"]);

    /// <summary>Words of the test split of every task.</summary>
    public static WordPool Test { get; } = new(
        Collections: ["used", "tags", "body", "marks"],
        Sources: ["lines", "pages", "zs"],
        Items: ["z", "line", "d", "page"],
        Functions: ["make", "send", "step"],
        Texts: ["left", "right", "wait", "more", "first"],
        Numbers: ["7", "9", "11", "50"]);

    /// <summary>All words: what the corpus is written with.</summary>
    public static WordPool All { get; } = new(
        [.. Train.Collections, .. Validation.Collections, .. Test.Collections, "current"],
        [.. Train.Sources, .. Validation.Sources, .. Test.Sources],
        [.. Train.Items, .. Validation.Items, .. Test.Items],
        [.. Train.Functions, .. Validation.Functions, .. Test.Functions],
        [.. Train.Texts, .. Validation.Texts, .. Test.Texts],
        [.. Train.Numbers, .. Validation.Numbers, .. Test.Numbers]);

    /// <summary>Every word of the pool.</summary>
    public IEnumerable<string> Words => [.. Collections, .. Sources, .. Items, .. Functions, .. Texts, .. Numbers];
}
