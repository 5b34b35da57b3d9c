using System.Text;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class CorpusBuilderTests
{
    private static readonly CorpusOptions Small = new() { Idioms = new IdiomsOptions { Documents = 500 }, ValidationFraction = 0.1 };
    private static readonly TokenizerOptions Vocabulary = new() { VocabSize = 300 };

    private static List<string> Documents(string folder, string name)
    {
        var tokenizer = Tokenizer.Load(folder);
        using var tokens = TokenFile.Open(Path.Combine(folder, name));
        var all = new int[tokens.Count];
        tokens.CopyTo(0, all);
        var documents = new List<string>();
        for (var start = 0; start < all.Length;)
        {
            var end = Array.IndexOf(all, tokenizer.EndOfText, start);
            documents.Add(tokenizer.DecodeText(all.AsSpan(start, end - start)));
            start = end + 1;
        }
        return documents;
    }

    [Fact]
    public void The_same_arguments_give_the_same_bytes()
    {
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();
        var info = CorpusBuilder.Build(Small, Vocabulary, 4, first.Path);
        CorpusBuilder.Build(Small, Vocabulary, 4, second.Path);
        var names = Directory.GetFiles(first.Path).Select(Path.GetFileName).Order().ToList();
        Assert.Equal(["corpus.json", "encoder.json", "train.bin", "validation.bin", "vocab.bpe"], names);
        foreach (var name in names)
            Assert.Equal(File.ReadAllBytes(Path.Combine(first.Path, name!)), File.ReadAllBytes(Path.Combine(second.Path, name!)));
        Assert.NotEqual(info.Sha256["train.bin"], CorpusBuilder.Build(Small, Vocabulary, 5, second.Path).Sha256["train.bin"]);
    }

    [Fact]
    public void The_record_counts_what_the_files_hold()
    {
        using var folder = new TemporaryFolder();
        var info = CorpusBuilder.Build(Small, Vocabulary, 4, folder.Path);
        var train = Documents(folder.Path, CorpusInfo.TrainFile);
        var validation = Documents(folder.Path, CorpusInfo.ValidationFile);
        Assert.Equal(
            (500, (long)train.Count, (long)validation.Count),
            (train.Count + validation.Count, info.TrainDocuments, info.ValidationDocuments));
        Assert.Equal(info.Bytes, train.Concat(validation).Sum(d => (long)Encoding.UTF8.GetByteCount(d)));
        Assert.InRange(validation.Count, 25, 80);
        Assert.Empty(train.Intersect(validation));
        Assert.Equal((300, 299), (info.VocabSize, info.EndOfText));
        Assert.InRange(info.BigramLossNats, 0.5, 4);
        Assert.Equal(info.TrainTokens, CorpusInfo.Load(folder.Path).TrainTokens);
    }

    [Fact]
    public void Files_are_read_from_subfolders_and_json_lines_and_the_record_says_what_is_not()
    {
        using var source = new TemporaryFolder();
        using var output = new TemporaryFolder();
        var expected = new List<string>();
        for (var i = 0; i < 40; i++)
        {
            expected.Add($"x{i} = {i}\n");
            source.File($"sub{i % 3}/f{i}.py", expected[i]);
        }
        source.File("lines.jsonl", "{\"text\": \"from text\"}\n\n{\"id\": 1, \"content\": \"from content\"}\n");
        source.File("bytes.py", [0xFF, (byte)'a']);
        source.File("ignored.md", "no");
        source.File("empty.py", "");
        var options = new CorpusOptions
        {
            Files = new FilesOptions { Path = source.Path, Extensions = [".py", ".jsonl"] },
            ValidationFraction = 0.2,
        };
        var info = CorpusBuilder.Build(options, new TokenizerOptions { VocabSize = 258 }, 1, output.Path);
        var all = Documents(output.Path, CorpusInfo.TrainFile).Concat(Documents(output.Path, CorpusInfo.ValidationFile)).Order(
            StringComparer.Ordinal);
        Assert.Equal(expected.Concat(["from text", "from content"]).Order(StringComparer.Ordinal), all);
        var leftOut = CorpusInfo.Load(output.Path).LeftOut;
        Assert.Equal(Counted(info.LeftOut), Counted(leftOut));
        Assert.Equal(
            [(LeftOutReason.OtherEnding, 1L, "ignored.md"), (LeftOutReason.Empty, 1L, "empty.py"), (LeftOutReason.NotUtf8, 1L, "bytes.py")],
            leftOut.Select(one => (one.Reason, one.Count, one.Examples.Single())));

        static IEnumerable<(LeftOutReason, long, long)> Counted(IEnumerable<LeftOutSample> samples) =>
            samples.Select(one => (one.Reason, one.Count, one.Bytes));
    }

    [Fact]
    public void Mixed_sources_have_their_shares_of_the_tokens()
    {
        using var source = new TemporaryFolder();
        using var output = new TemporaryFolder();
        for (var i = 0; i < 400; i++)
            source.File($"f{i}.py", $"# file {i}\n" + string.Concat(Enumerable.Repeat("y = y * 2\n", 1 + (i % 5))));
        var options = Small with
        {
            Files = new FilesOptions { Path = source.Path, Weight = 1 },
            Idioms = new IdiomsOptions { Documents = 3000, Weight = 3 },
        };
        CorpusBuilder.Build(options, Vocabulary, 1, output.Path);
        var tokenizer = Tokenizer.Load(output.Path);
        var documents = Documents(output.Path, CorpusInfo.TrainFile).Concat(
            Documents(output.Path, CorpusInfo.ValidationFile)).ToLookup(d => d.StartsWith("# file", StringComparison.Ordinal));
        double files = documents[true].Sum(d => tokenizer.Encode(d).Length + 1);
        double idioms = documents[false].Sum(d => tokenizer.Encode(d).Length + 1);
        Assert.InRange(idioms / files, 2.95, 3.05);
    }

    [Fact]
    public void A_loaded_tokenizer_is_used_as_it_is()
    {
        using var tokenizer = new TemporaryFolder();
        using var output = new TemporaryFolder();
        TokenizerTests.Trained.Save(tokenizer.Path);
        var options = new TokenizerOptions
        {
            EncoderPath = Path.Combine(tokenizer.Path, "encoder.json"),
            MergesPath = Path.Combine(tokenizer.Path, "vocab.bpe")
        };
        Assert.Equal(400, CorpusBuilder.Build(Small, options, 1, output.Path).VocabSize);
    }

    [Fact]
    public void A_missing_folder_and_a_folder_without_files_are_named()
    {
        using var folder = new TemporaryFolder();
        InvalidDataException Error(string path) => Assert.Throws<InvalidDataException>(() =>
            CorpusBuilder.Build(
                new CorpusOptions { Files = new FilesOptions { Path = path } }, Vocabulary, 1, Path.Combine(folder.Path, "out")));
        Assert.Contains("/no/such/folder does not exist", Error("/no/such/folder").Message, StringComparison.Ordinal);
        Assert.Contains("no file that ends in .py", Error(folder.Path).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void More_damaged_lines_than_may_be_are_refused_with_their_places()
    {
        using var source = new TemporaryFolder();
        source.File("a.jsonl", "{\"text\": \"x = 1\"}\n{\"text\": \"y = 1\"}\n[1]\n");
        var options = new CorpusOptions { Files = new FilesOptions { Path = source.Path, Extensions = [".jsonl"], MaxDamaged = 0 } };
        var error = Assert.Throws<InvalidDataException>(
            () => CorpusBuilder.Build(options, Vocabulary, 1, Path.Combine(source.Path, "out")));
        Assert.Contains("a.jsonl:3: expected an object", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_corpus_that_is_too_small_says_what_was_left_out()
    {
        using var source = new TemporaryFolder();
        source.File("a.py", "ab");
        source.File("b.py", "cd");
        source.File("c.md", "long text");
        var options = new CorpusOptions { Files = new FilesOptions { Path = source.Path } };
        var error = Assert.Throws<JobInputException>(() => CorpusBuilder.Build(options, Vocabulary, 1, Path.Combine(source.Path, "out")));
        Assert.StartsWith(
            "tokenizer.vocab_size is 300, but the corpus gives a vocabulary of at most 258", error.Message, StringComparison.Ordinal);
        Assert.EndsWith("left out of the corpus: 1 file with another ending", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_record_of_version_1_is_read_and_a_later_one_refused()
    {
        using var folder = new TemporaryFolder();
        folder.File("corpus.json", """
            {"VocabSize": 300, "EndOfText": 299, "TrainTokens": 10, "ValidationTokens": 5, "TrainDocuments": 2, "ValidationDocuments": 1,
             "Bytes": 40,
             "BigramLossNats": 2.5, "Sha256": {"train.bin": "ab"}}
            """);
        var info = CorpusInfo.Load(folder.Path);
        Assert.Equal((300, 2.5, "ab"), (info.VocabSize, info.BigramLossNats, info.Sha256["train.bin"]));
        Assert.Empty(info.LeftOut);
        CorpusBuilder.Build(Small, Vocabulary, 4, folder.Path);
        var text = File.ReadAllText(Path.Combine(folder.Path, "corpus.json"));
        folder.File("corpus.json", text.Replace("\"version\": 2", "\"version\": 3", StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => CorpusInfo.Load(folder.Path));
        Assert.Contains("is of version 3", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Unsound_options_are_all_named_at_once()
    {
        var options = new CorpusOptions
        {
            Idioms = new IdiomsOptions { Documents = 1, Weight = double.NaN, Focus = ["braket_counting"], FocusShare = 2 },
            Files = new FilesOptions { Extensions = ["py"], MaxBytes = 0, Weight = -1 },
            ValidationFraction = double.PositiveInfinity,
        };
        var error = Assert.Throws<JobInputException>(
            () => CorpusBuilder.Build(options, new TokenizerOptions { VocabSize = 3, EncoderPath = "e" }, 1, "/nowhere")).Message;
        string[] parts = ["documents", "idioms.weight", "nearest is bracket_counting", "focus_share", "path is empty", "'py'", "max_bytes",
            "files.weight", "validation_fraction", "vocab_size", "merges_path"];
        Assert.All(parts, p => Assert.Contains(p, error, StringComparison.Ordinal));
        Assert.Single(new CorpusOptions().Validate());
    }
}
