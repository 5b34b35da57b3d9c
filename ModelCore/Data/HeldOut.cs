using System.Text.RegularExpressions;

namespace Sweeps.ModelCore.Data;

/// <summary>
/// The combinations of words that belong to the test prompts of the tasks. The corpus may use each test word, never such a
/// combination; every test prompt contains one. So no document contains a test prompt, whatever the seeds.
/// </summary>
internal static class HeldOut
{
    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Compiled;

    private static readonly string Collection = OneOf(WordPool.Test.Collections.Append("current"));
    private static readonly string Source = OneOf(WordPool.Test.Sources);
    private static readonly string Element = OneOf(WordPool.Test.Numbers.Concat(WordPool.Test.Items));
    private static readonly string Text = OneOf(WordPool.Test.Texts);

    /// <summary>single_double_quote: two test words side by side in a string.</summary>
    public static Regex Quote { get; } = new($@"\b{Text} {Text}\b", Options);

    /// <summary>bracket_counting: a list with a test name that begins with a test element.</summary>
    public static Regex Bracket { get; } = new($@"\b{Collection} = \[+{Element}\b", Options);

    /// <summary>set_or_string: a test name that is initialised just before a line that uses a test source.</summary>
    public static Regex SetOrString { get; } = new($@"\b{Collection} = (?:set\(\)|"""")\n[^\n]*\b{Source}\b", Options);

    /// <summary>True when <paramref name="document"/> could contain a test prompt.</summary>
    public static bool Matches(string document) =>
        Quote.IsMatch(document) || Bracket.IsMatch(document) || SetOrString.IsMatch(document);

    private static string OneOf(IEnumerable<string> words) => $"(?:{string.Join('|', words)})";
}
