using System.Text;
using System.Text.Json;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class TokenizerTests
{
    internal static Tokenizer Trained { get; } = Train(400);

    internal static Tokenizer Train(int vocabSize, bool reversed = false)
    {
        var generator = new IdiomGenerator(new IdiomsOptions(), 1);
        var documents = Enumerable.Range(0, 1500).Select(i => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(generator.Document(i)));
        return Tokenizer.Train(reversed ? documents.Reverse() : documents, vocabSize);
    }

    [Fact]
    public void Decoding_gives_back_any_encoded_bytes()
    {
        var random = new KeyedRandom(1, "tokenizer");
        for (var trial = 0; trial < 2000; trial++)
        {
            var bytes = new byte[random.Next(60)];
            var text = random.Next(2) == 0; // half of them mostly letters and spaces, so that merges apply
            for (var i = 0; i < bytes.Length; i++)
                bytes[i] = text ? (byte)random.Choose(" \nprint(seen)\"é"u8.ToArray()) : (byte)random.Next(256);
            var ids = Trained.Encode(bytes);
            Assert.Equal(bytes, Trained.Decode(ids));
            Assert.DoesNotContain(Trained.EndOfText, ids);
        }
    }

    [Fact]
    public void Every_single_byte_and_the_empty_text_survive()
    {
        Assert.Empty(Trained.Encode(""));
        for (var b = 0; b < 256; b++) Assert.Equal([(byte)b], Trained.Decode(Trained.Encode([(byte)b])));
    }

    [Fact]
    public void The_name_of_end_of_text_inside_a_text_is_only_text()
    {
        var ids = Trained.Encode("a<|endoftext|>b");
        Assert.DoesNotContain(Trained.EndOfText, ids);
        Assert.Equal("a<|endoftext|>b", Trained.DecodeText(ids));
    }

    [Fact]
    public void Training_is_deterministic_and_does_not_depend_on_the_order_of_documents()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        Train(400).Save(first.Path);
        Train(400, reversed: true).Save(second.Path);
        foreach (var name in new[] { "encoder.json", "vocab.bpe" })
            Assert.Equal(File.ReadAllBytes(Path.Combine(first.Path, name)), File.ReadAllBytes(Path.Combine(second.Path, name)));
    }

    [Fact]
    public void Training_merges_the_most_frequent_pair_first_and_the_smaller_ids_of_equals()
    {
        // Pre-tokens: abab ×2, cd ×1 … "ab" 4 times; then (ab, ab) twice; then of the equals (c, d) and (e, f), once each, (c, d).
        var documents = new[] { "abab", "abab", "ef", "cd" }.Select(d => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(d));
        var tokenizer = Tokenizer.Train(documents, 257 + 3);
        Assert.Equal(["ab", "abab", "cd"], Enumerable.Range(256, 3).Select(id => tokenizer.DecodeText(id)));
        Assert.Equal([257, 256, 'a'], tokenizer.Encode("abababa"));
    }

    [Fact]
    public void Incremental_training_equals_counting_all_pairs_anew_for_every_merge()
    {
        var random = new KeyedRandom(3, "bpe");
        var words = Enumerable.Range(0, 200).Select(
            _ => string.Concat(Enumerable.Range(0, 1 + random.Next(8)).Select(_ => (char)('a' + random.Next(4))))).ToList();
        var tokenizer = Tokenizer.Train(words.Select(w => (ReadOnlyMemory<byte>)Encoding.UTF8.GetBytes(w)), 257 + 40);
        var split = words.Select(w => w.Select(c => (int)c).ToArray()).ToList();
        for (var merge = 0; merge < 40; merge++)
        {
            var best = split.SelectMany(w => w.Zip(w.Skip(1))).GroupBy(p => p)
                .OrderByDescending(g => g.Count()).ThenBy(g => g.Key.First).ThenBy(g => g.Key.Second).First().Key;
            Assert.Equal((best.First, best.Second, 256 + merge), tokenizer.Merges[merge]);
            split = [.. split.Select(w => BytePair.Merge(w, best.First, best.Second, 256 + merge))];
        }
    }

    [Fact]
    public void A_vocabulary_larger_than_the_corpus_gives_is_refused_with_the_size_that_it_gives()
    {
        var error = Assert.Throws<JobInputException>(() => Tokenizer.Train([(ReadOnlyMemory<byte>)"ab"u8.ToArray()], 300));
        Assert.Contains("at most 258", error.Message, StringComparison.Ordinal);
        Assert.Throws<JobInputException>(() => Tokenizer.Train([], 256));
    }

    [Fact]
    public void A_saved_tokenizer_loads_and_encodes_alike()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var loaded = Tokenizer.Load(folder.Path);
        Assert.Equal((Trained.VocabSize, Trained.EndOfText), (loaded.VocabSize, loaded.EndOfText));
        var generator = new IdiomGenerator(new IdiomsOptions(), 9);
        for (var i = 0; i < 200; i++) Assert.Equal(Trained.Encode(generator.Document(i)), loaded.Encode(generator.Document(i)));
    }

    [Fact]
    public void Files_hold_bytes_as_the_characters_of_gpt2()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var encoder = JsonSerializer.Deserialize<Dictionary<string, int>>(File.ReadAllText(Path.Combine(folder.Path, "encoder.json")))!;
        Assert.Equal((' ', '\n', 'A', 0xAD), ((char)encoder["Ġ"], (char)encoder["Ċ"], (char)encoder["A"], encoder["Ń"]));
        Assert.Equal(Trained.VocabSize - 1, encoder["<|endoftext|>"]);
        Assert.StartsWith("#version: 0.2\n", File.ReadAllText(Path.Combine(folder.Path, "vocab.bpe")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("vocab.bpe", "#version: 0.2\na b c\n", "line 2")]
    [InlineData("vocab.bpe", "#version: 0.2\n\nq zzz\n", "\"zzz\"")]
    [InlineData("vocab.bpe", "#version: 0.2\ni  n\n", "line 2")]
    [InlineData("vocab.bpe", "#version: 0.2\n", "comes from no merge")]
    [InlineData("vocab.bpe", "#version: 0.2 pattern: bert\n", "line 1 names the pattern \"bert\"")]
    [InlineData("encoder.json", "{\"a\": 1, \"a\": 2}", "not a JSON object")]
    [InlineData("encoder.json", "[1, 2]", "not a JSON object")]
    [InlineData("encoder.json", "{\"a\": 1}", "has 1 entries")]
    public void An_unsound_file_is_refused_by_name_and_place(string name, string text, string expected)
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var path = folder.File(name, text);
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"a\":97", "\"a\":98", "id 98 is given twice")]
    [InlineData("\"a\":97", "\"a\":5000", "id 5000")]
    [InlineData("\"a\":97", "\"漢\":97", "U+6F22")]
    [InlineData("\"<|endoftext|>\"", "\"zzzz\"", "no entry <|endoftext|>")]
    public void An_unsound_entry_is_named(string entry, string replacement, string expected)
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var path = Path.Combine(folder.Path, "encoder.json");
        var text = File.ReadAllText(path);
        Assert.Contains(entry, text, StringComparison.Ordinal);
        folder.File("encoder.json", text.Replace(entry, replacement, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_that_makes_end_of_text_is_refused()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var encoder = File.ReadAllText(Path.Combine(folder.Path, "encoder.json"));
        folder.File(
            "encoder.json", encoder.Insert(encoder.Length - 1, $",\"<|\":{Trained.VocabSize},\"endoftext|>\":{Trained.VocabSize + 1}"));
        folder.File("vocab.bpe", "#version: 0.2\n<| endoftext|>\n");
        Assert.Contains(
            "text never encodes to", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_merge_that_stands_twice_or_before_its_parts_is_refused()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "vocab.bpe")).ToList();
        var made = lines.Skip(1).Take(20).Select(line => line.Replace(" ", "", StringComparison.Ordinal)).ToList();
        var late = lines.FindIndex(2, line => line.Split(' ').Any(made.Contains));
        folder.File("vocab.bpe", string.Join('\n', [lines[0], lines[late], .. lines.Skip(1).Where(line => line != lines[late])]));
        Assert.Contains("no earlier merge makes", Refusal(), StringComparison.Ordinal);
        folder.File("vocab.bpe", string.Join('\n', [.. lines, lines[1]]));
        Assert.Contains("as an earlier one is", Refusal(), StringComparison.Ordinal);

        string Refusal() => Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message;
    }

    [Fact]
    public void Line_ends_and_a_missing_first_line_of_the_merges_change_nothing()
    {
        using var folder = new TemporaryFolder();
        Trained.Save(folder.Path);
        var lines = File.ReadAllLines(Path.Combine(folder.Path, "vocab.bpe"));
        folder.File("vocab.bpe", string.Join("\r\n", lines.Skip(1)));
        Assert.Equal(Trained.Merges, Tokenizer.Load(folder.Path).Merges);
    }

    [Fact]
    public void A_missing_file_is_named()
    {
        using var folder = new TemporaryFolder();
        Assert.Contains(
            "encoder.json: does not exist", Assert.Throws<InvalidDataException>(() => Tokenizer.Load(folder.Path)).Message,
            StringComparison.Ordinal);
    }
}
