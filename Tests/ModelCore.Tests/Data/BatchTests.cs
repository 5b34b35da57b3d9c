using Sweeps.ModelCore.Data;

namespace Sweeps.ModelCore.Tests.Data;

public class BatchTests
{
    private static TokenFile Counting(int count) => TokenFile.FromTokens([.. Enumerable.Range(0, count).Select(i => (ushort)i)]);

    [Fact]
    public void Targets_are_the_next_tokens()
    {
        using var tokens = Counting(100);
        var batch = new BatchSampler(tokens, 5, 8, 1).Next();
        Assert.Equal((5, 8, 40, 40), (batch.Rows, batch.Context, batch.Inputs.Length, batch.Targets.Length));
        Assert.Equal(batch.Inputs.Select(t => t + 1), batch.Targets);
        for (var row = 0; row < 5; row++) Assert.Equal(batch.Inputs[row * 8] + 7, batch.Inputs[(row * 8) + 7]);
    }

    [Fact]
    public void A_sampler_set_to_a_saved_position_continues_with_the_same_batches()
    {
        using var tokens = Counting(1000);
        var whole = new BatchSampler(tokens, 3, 16, 9);
        for (var i = 0; i < 5; i++) whole.Next();
        var resumed = new BatchSampler(tokens, 3, 16, 9) { Position = whole.Position };
        for (var i = 0; i < 3; i++) Assert.Equal(whole.Next().Inputs, resumed.Next().Inputs);
        Assert.NotEqual(new BatchSampler(tokens, 3, 16, 10).At(0).Inputs, whole.At(0).Inputs);
    }

    [Fact]
    public void Every_place_of_the_corpus_is_drawn_from_the_first_token_to_the_last()
    {
        using var tokens = Counting(12);
        var sampler = new BatchSampler(tokens, 4, 8, 1);
        var starts = Enumerable.Range(0, 50).SelectMany(
            _ => { var b = sampler.Next(); return Enumerable.Range(0, 4).Select(r => b.Inputs[r * 8]); });
        Assert.Equal([0L, 1, 2, 3], starts.Distinct().Order());
    }

    [Fact]
    public void Sequential_batches_cover_each_target_once_in_order()
    {
        using var tokens = Counting(50);
        var batches = new SequentialBatches(tokens, 2, 5);
        Assert.Equal(4, batches.Count);
        Assert.Equal(Enumerable.Range(1, 40).Select(i => (long)i), Enumerable.Range(0, 4).SelectMany(i => batches.At(i).Targets));
        Assert.Throws<ArgumentOutOfRangeException>(() => batches.At(4));
    }

    [Fact]
    public void A_corpus_that_is_too_small_is_refused()
    {
        using var tokens = Counting(8);
        Assert.Throws<JobInputException>(() => new BatchSampler(tokens, 1, 8, 1));
        Assert.Throws<JobInputException>(() => new SequentialBatches(tokens, 2, 5));
    }

    [Fact]
    public void A_token_file_is_read_as_little_endian_words()
    {
        using var folder = new TemporaryFolder();
        var path = folder.File("a.bin", [1, 0, 0xFF, 0x01, 0xFF, 0xFF]);
        using var tokens = TokenFile.Open(path);
        Assert.Equal([1, 511, 65535], Enumerable.Range(0, 3).Select(i => tokens[i]));
        var two = new int[2];
        tokens.CopyTo(1, two);
        Assert.Equal([511, 65535], two);
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens.CopyTo(2, new int[2]));
        Assert.Throws<ArgumentOutOfRangeException>(() => tokens[3]);
        Assert.Contains(
            "has 3 bytes", Assert.Throws<InvalidDataException>(() => TokenFile.Open(folder.File("odd.bin", [1, 2, 3]))).Message,
            StringComparison.Ordinal);
    }
}
