using System.Text.Json;

namespace Sweeps.Contracts.Tests;

/// <summary>What journals hold from before a member was added is read, and the member has its default.</summary>
public class OldRecordsTests
{
    [Fact]
    public void A_preparation_from_before_anything_was_counted_is_read()
    {
        const string Job = """
            {"kind":"prepare","seed":7,"output":"corpus","corpus":{"idioms":null,"files":{"path":"/texts","extensions":[".py"],"maxBytes":1000,"weight":1},
             "validationFraction":0.05},"tokenizer":{"vocabSize":300,"encoderPath":null,"mergesPath":null}}
            """;
        var job = Assert.IsType<PrepareJob>(JsonSerializer.Deserialize<Job>(Job, JobJson.Options));
        var read = job.Corpus.Files!;
        Assert.Equal(new FilesOptions { Path = "/texts", MaxBytes = 1000 } with { Extensions = read.Extensions }, read);
        Assert.Equal(new TokenizerOptions { VocabSize = 300 }, job.Tokenizer);

        const string Result = """
            {"kind":"prepare","corpus":{"tokenizerEncoder":FILE,"tokenizerMerges":FILE,"trainTokens":FILE,"validationTokens":FILE},
             "vocabSize":300,"documents":9,"bytes":90,"trainTokens":40,"validationTokens":5,"bigramLoss":2.5}
            """;
        const string File = "{\"path\":\"f\",\"sha256\":\"ab\",\"bytes\":1}";
        var result = JsonSerializer.Deserialize<JobResult>(Result.Replace("FILE", File, StringComparison.Ordinal), JobJson.Options);
        Assert.Empty(Assert.IsType<PrepareResult>(result).LeftOut);
    }
}
