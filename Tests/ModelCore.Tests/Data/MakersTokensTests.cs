using System.Text.Json;
using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

/// <summary>Tokenizers that are given have the tokens of OpenAI's and Hugging Face's programs: Tests/Reference/tokenizers.</summary>
public class MakersTokensTests
{
    private static string Folder(TokenizerPattern pattern) => ReferenceFolder.Of("tokenizers", TokenizerFiles.Word(pattern));

    private static void Matches(Tokenizer tokenizer, TokenizerPattern pattern)
    {
        using var json = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder(pattern), "expected.json")));
        var expected = json.RootElement.EnumerateArray().ToList();
        Assert.InRange(expected.Count, 20, 100);
        Assert.All(expected, one => Assert.Equal(Ids(one), tokenizer.Encode(one.GetProperty("text").GetString()!)));

        static IEnumerable<int> Ids(JsonElement one) => one.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());
    }

    private static TokenizerOptions Pair(TokenizerPattern files, TokenizerPattern? pattern) => new()
    {
        EncoderPath = Path.Combine(Folder(files), "encoder.json"),
        MergesPath = Path.Combine(Folder(files), "vocab.bpe"),
        Pattern = pattern,
    };

    [Theory]
    [InlineData(TokenizerPattern.Gpt2)]
    [InlineData(TokenizerPattern.Tinypython)]
    public void A_pair_of_files_gives_its_makers_tokens(TokenizerPattern pattern) =>
        Matches(GivenTokenizer.Load(Pair(pattern, pattern))!, pattern);

    [Theory]
    [InlineData(TokenizerPattern.Gpt2)]
    [InlineData(TokenizerPattern.Tinypython)]
    public void A_tokenizer_json_gives_its_makers_tokens(TokenizerPattern pattern) =>
        Matches(GivenTokenizer.Load(new TokenizerOptions { JsonPath = Path.Combine(Folder(pattern), "tokenizer.json") })!, pattern);

    [Theory]
    [InlineData(TokenizerPattern.Gpt2)]
    [InlineData(TokenizerPattern.Tinypython)]
    public void What_is_saved_beside_a_corpus_gives_the_same_tokens(TokenizerPattern pattern)
    {
        using var folder = new TemporaryFolder();
        GivenTokenizer.Load(Pair(pattern, pattern))!.Save(folder.Path);
        var loaded = Tokenizer.Load(folder.Path);
        Assert.Equal(pattern, loaded.Pattern);
        Matches(loaded, pattern);
    }

    [Theory]
    [InlineData(TokenizerPattern.Gpt2, null, "gpt2")]
    [InlineData(TokenizerPattern.Gpt2, TokenizerPattern.Tinypython, "gpt2")]
    [InlineData(TokenizerPattern.Tinypython, TokenizerPattern.Gpt2, "tinypython")]
    public void A_tokenizer_whose_entries_show_another_pattern_is_refused(TokenizerPattern files, TokenizerPattern? stated, string expected)
    {
        var error = Assert.Throws<InvalidDataException>(() => GivenTokenizer.Load(Pair(files, stated)));
        Assert.Contains($"expected tokenizer.pattern = {expected}", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"normalizer\":null", "\"normalizer\":{\"type\":\"NFC\"}", "its normalizer is")]
    [InlineData("\"truncation\":null", "\"truncation\":{\"max_length\":512}", "its truncation is")]
    [InlineData("\"padding\":null", "\"padding\":{\"pad_id\":0}", "its padding is")]
    [InlineData("\"post_processor\":null", "\"post_processor\":{\"type\":\"TemplateProcessing\"}", "its post_processor is")]
    [InlineData("\"type\":\"BPE\"", "\"type\":\"Unigram\"", "its model.type is \"Unigram\"")]
    [InlineData("\"dropout\":null", "\"dropout\":0.1", "its model.dropout is 0.1")]
    [InlineData("\"byte_fallback\":false", "\"byte_fallback\":true", "its model.byte_fallback is true")]
    [InlineData("\"ignore_merges\":false", "\"ignore_merges\":true", "its model.ignore_merges is true")]
    [InlineData("\"continuing_subword_prefix\":null", "\"continuing_subword_prefix\":\"##\"", "its model.continuing_subword_prefix is")]
    [InlineData("\"add_prefix_space\":false", "\"add_prefix_space\":true", "its pre_tokenizer is")]
    [InlineData("\"behavior\":\"Isolated\"", "\"behavior\":\"Removed\"", "its pre_tokenizer is")]
    [InlineData("{1,3}", "{1,2}", "the pattern of GPT-2 or tinypython")]
    [InlineData("\"content\":\"<|endoftext|>\"", "\"content\":\"<|pad|>\"", "its added_tokens is")]
    [InlineData("\"merges\":[", "\"merges\":[[\"a\"],", "merge 1 is")]
    [InlineData("\"vocab\":{", "\"vocab\":{\"!\":7,", "is not a tokenizer.json")]
    [InlineData("\"model\":", "\"model_\":", "is not a tokenizer.json")]
    public void A_tokenizer_json_of_another_kind_is_refused_by_the_part(string part, string replacement, string expected)
    {
        using var folder = new TemporaryFolder();
        var text = File.ReadAllText(Path.Combine(Folder(TokenizerPattern.Tinypython), "tokenizer.json"));
        Assert.Contains(part, text, StringComparison.Ordinal);
        var path = folder.File("tokenizer.json", text.Replace(part, replacement, StringComparison.Ordinal));
        var error = Assert.Throws<InvalidDataException>(() => GivenTokenizer.Load(new TokenizerOptions { JsonPath = path }));
        Assert.Contains(expected, error.Message, StringComparison.Ordinal);
        Assert.Contains(path, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_pattern_that_contradicts_the_tokenizer_json_is_refused()
    {
        var path = Path.Combine(Folder(TokenizerPattern.Gpt2), "tokenizer.json");
        var options = new TokenizerOptions { JsonPath = path, Pattern = TokenizerPattern.Tinypython };
        var error = Assert.Throws<InvalidDataException>(() => GivenTokenizer.Load(options));
        Assert.Contains("was made with the pattern gpt2, but tokenizer.pattern is tinypython", error.Message, StringComparison.Ordinal);
    }
}
