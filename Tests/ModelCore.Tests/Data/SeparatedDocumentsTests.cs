using System.Text;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class SeparatedDocumentsTests
{
    private static List<string> Read(
        string text, string separator, int maxBytes = 1 << 20, int blockBytes = 1 << 16, int chunk = int.MaxValue)
    {
        var stream = new Dribbling(Encoding.UTF8.GetBytes(text), chunk);
        var documents = new SeparatedDocuments(stream, Encoding.UTF8.GetBytes(separator), maxBytes, blockBytes);
        return [.. documents.Read().Select(Encoding.UTF8.GetString)];
    }

    [Theory]
    [InlineData("a|b|c", new[] { "a", "b", "c" })]
    [InlineData("a\n|\nb\n|\n", new[] { "a\n", "b\n" })]
    [InlineData("a|\r\nb", new[] { "a", "b" })]
    [InlineData("|a||b", new[] { "", "a", "", "b" })]
    [InlineData("", new[] { "" })]
    [InlineData("\uFEFFa|b", new[] { "a", "b" })]
    public void Documents_stand_between_separators(string text, string[] expected) => Assert.Equal(expected, Read(text, "|"));

    [Fact]
    public void However_the_bytes_come_the_documents_are_those_of_a_plain_split()
    {
        const string Separator = "<|end|>";
        var random = new KeyedRandom(1, "separated");
        for (var trial = 0; trial < 60; trial++)
        {
            // Parts of separators beside whole ones, and documents longer than what is read at once.
            var documents = Enumerable.Range(0, 1 + random.Next(30)).Select(_ => Document()).ToList();
            var text = string.Join(Separator, documents);
            var expected = text.Split(Separator).Select((text, i) => i > 0 && text.StartsWith('\n') ? text[1..] : text).ToList();
            if (expected is [.. _, ""] && expected.Count > 1) expected.RemoveAt(expected.Count - 1);
            Assert.Equal(expected, Read(text, Separator, chunk: 1 + random.Next(70_000)));
        }

        string Document() => string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ =>
            random.Choose(["word ", "é", "<|end|", "|>", "\n", new string('x', random.Next(30_000))])));
    }

    [Fact]
    public void A_long_document_is_cut_at_line_ends_and_loses_nothing()
    {
        var lines = string.Concat(Enumerable.Range(0, 20_000).Select(i => $"line {i} é\n"));
        var blocks = Read($"short|{lines}|short", "|", maxBytes: 5_000, blockBytes: 1_000);
        Assert.Equal(("short", "short"), (blocks[0], blocks[^1]));
        Assert.Equal(lines, string.Concat(blocks[1..^1]));
        Assert.All(blocks[1..^1], block => Assert.True(block.EndsWith('\n') && Encoding.UTF8.GetByteCount(block) <= 1_000));
    }

    [Fact]
    public void A_line_without_end_is_cut_between_characters()
    {
        var line = string.Concat(Enumerable.Repeat("漢字", 3_000));
        var blocks = Read(line, "", maxBytes: 2_000, blockBytes: 1_000);
        Assert.Equal(line, string.Concat(blocks));
        Assert.DoesNotContain(blocks, block => block.Contains('\uFFFD', StringComparison.Ordinal));
    }

    // Gives at most so many bytes at a time, as pipes and network drives do.
    private sealed class Dribbling(byte[] bytes, int most) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, most)]);
    }
}
