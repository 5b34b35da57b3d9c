using System.Text.RegularExpressions;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// The combinations of words that belong to the test prompts of the tasks. The corpus may use each test word, never such a
/// combination; every test prompt contains one. So no document contains a test prompt, whatever the seeds.
/// </summary>
internal static class HeldOut
{
    private static readonly string Collection = OneOf(WordPool.Test.Collections.Append(WordPool.FixedName));
    private static readonly string Source = OneOf(WordPool.Test.Sources);
    private static readonly string Item = OneOf(WordPool.Test.Items);
    private static readonly string Function = OneOf(WordPool.Test.Functions);
    private static readonly string Text = OneOf(WordPool.Test.Texts);
    private static readonly string Number = OneOf(WordPool.Test.Numbers);

    // A line that ends with a test word.
    private static readonly string After = $@"\b{OneOf(WordPool.Test.Words)}[^\w\n]*\n";

    /// <summary>Task → what every test prompt of it contains.</summary>
    public static IReadOnlyDictionary<string, Regex> Combinations { get; } = new Dictionary<string, Regex>
    {
        ["single_double_quote"] = Words($"{Text} {Text}"),
        ["bracket_counting"] = Words($@"{Collection} = \[+(?:{Number}|{Item})"),
        ["set_or_string"] = Words($@"{Collection} = (?:set\(\)|"""")\n[^\n]*\b{Source}"),
        ["set_or_string_fixedvarname"] = Words($@"{WordPool.FixedName} = (?:set\(\)|"""")\n[^\n]*\b{Source}"),
        ["class_init"] = Words($@"__init__\(self, {Item}, {Item}"),
        ["with_as"] = Words($@"{After}(?:with|{Source} =) open\({Item}"),
        ["with_open"] = Words($@"{After}with open\([""'][a-z]+_{Source}\.txt"),
        ["bracket_brace"] = Words($@"{Text}[""'][:,] {Number}, [""']{Text}"),
        ["for_while"] = Words($@"{After}(?:for|while) {Item}"),
        ["else_elif"] = Words($@"if {Item}:\n    {Function}\({Item}\)"),
        ["fstring_brace"] = Words($"{Text} {Text}"),
        ["if_ternary"] = Words($@"{Item} = (?:{Number}|{Item})(?:\n| )if {Item}"),
        ["var_swap"] = Words($@"{Item}, {Item} = {Item},"),
        ["indent_for"] = Words($@"{Item} (?:in|=) {Function}\({Source}\)"),
        ["lambda_func"] = Words($@"{After}(?:{Function} = lambda|def) {Item}"),
        ["if_equals"] = Words($"{After}(?:if )?{Item}"),
        ["var_if"] = Words($"{After}(?:if )?{Item} ==? (?:True|False)"),
        ["enumerate_range"] = Words($@"{After}for i(?:, {Item})? in"),
        ["while_return_true"] = Words($@"def {Function}\({Item}\):\n(?:    {Function}\({Item}\)\n)?    (?:while|return) True"),
        ["final_kwarg"] = Words($@"def {Function}\({Item}, {Item}"),
    };

    // One by one: as alternatives of one expression they take ten times as long.
    private static readonly Regex[] Distinct = [.. Combinations.Values.DistinctBy(combination => combination.ToString())];

    /// <summary>True when <paramref name="document"/> could contain a test prompt.</summary>
    public static bool Matches(string document) => Array.Exists(Distinct, combination => combination.IsMatch(document));

    private static Regex Words(string pattern) => new($@"\b(?:{pattern})(?!\w)", RegexOptions.CultureInvariant | RegexOptions.Compiled);

    private static string OneOf(IEnumerable<string> words) => $"(?:{string.Join('|', words)})";
}
