using System.Text;
using System.Text.RegularExpressions;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class PreTokenizerTests
{
    private const string Rule =
        @"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    private const string Gpt2Rule = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    private static List<byte[]> Pieces(byte[] text, TokenizerPattern pattern = TokenizerPattern.Tinypython)
    {
        var (pieces, next) = (new List<byte[]>(), PreTokenizer.Of(pattern));
        for (var rest = text.AsSpan(); rest.Length > 0; rest = rest[pieces[^1].Length..]) pieces.Add(rest[..next(rest)].ToArray());
        return pieces;
    }

    private static string[] Pieces(string text, TokenizerPattern pattern = TokenizerPattern.Tinypython) =>
        [.. Pieces(Encoding.UTF8.GetBytes(text), pattern).Select(Encoding.UTF8.GetString)];

    [Theory]
    [InlineData("x = [[5, 31]]\n", "x| =| [[|5|,| |31|]]\n")]
    [InlineData("    seen.add(x)\n\n\ny", "   | seen|.add|(x|)\n\n\n|y")]
    [InlineData("print(\"hello there\")", "print|(\"|hello| there|\")")]
    [InlineData("12345 self._name", "123|45| self|._|name")]
    [InlineData("a  \n  b\t\tc  ", "a|  \n| | b|\t|\tc|  ")]
    [InlineData("http://a/b", "http|://|a|/b")]
    [InlineData("é1 ½ 漢字", "é|1| |½| 漢字")]
    public void Text_is_cut_as_the_rule_says(string text, string expected) => Assert.Equal(expected.Split('|'), Pieces(text));

    [Theory]
    [InlineData(TokenizerPattern.Tinypython, Rule)]
    [InlineData(TokenizerPattern.Gpt2, Gpt2Rule)]
    public void The_scanner_agrees_with_the_regular_expression(TokenizerPattern pattern, string expression)
    {
        var rule = new Regex(expression, RegexOptions.CultureInvariant);
        string[] alphabet =
        [
            "a", "Z", "é", "漢", "1", "½", "²", " ", " ", "\t", "\n", "\r", "\u00a0", "\u2003", "\u0085",
            "/", ".", "(", "\"", "_", "€", "\u0301", "\0", "'", "s", "l", "re",
        ];
        var random = new KeyedRandom(1, "pre-tokens");
        for (var trial = 0; trial < 5000; trial++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(16)).Select(_ => random.Choose(alphabet)));
            Assert.Equal(rule.Matches(text).Select(m => m.Value), Pieces(text, pattern));
        }
    }

    [Fact]
    public void Pieces_of_any_bytes_join_to_the_input()
    {
        var random = new KeyedRandom(2, "bytes");
        for (var trial = 0; trial < 2000; trial++)
        {
            var bytes = new byte[random.Next(40)];
            for (var i = 0; i < bytes.Length; i++) bytes[i] = (byte)random.Next(256);
            foreach (var pattern in Enum.GetValues<TokenizerPattern>()) Assert.Equal(bytes, Pieces(bytes, pattern).SelectMany(p => p));
        }
    }
}
