using Sweeps.ModelCore.Autoencoders;
using Sweeps.ModelCore.Data;
using Sweeps.ModelCore.Model;
using Sweeps.ModelCore.Tests.Model;
using Sweeps.ModelCore.Tests.Torch;
using TorchSharp;
using static TorchSharp.torch;

namespace Sweeps.ModelCore.Tests.Autoencoders;

public sealed class ActivationBufferTests : TorchTest
{
    // 682 windows of 6 tokens pass together, 3,410 activations: a half of the buffer needs two passes.
    private static readonly AutoencoderOptions _options = new() { Location = "1.resid_in", Batch = 1000, Buffer = 8000, Tokens = 100_000 };

    private readonly TokenFile _tokens = TokenFile.FromTokens(
        [.. Enumerable.Range(0, 5000).Select(i => (ushort)(new KeyedRandom(1, $"{i}").Next(11)))]);

    [Fact]
    public void Half_of_the_buffer_is_drawn_without_replacement_before_new_ones_take_its_place()
    {
        using var model = Model();
        using var buffer = new ActivationBuffer(model, _tokens, _options, 3);
        // Numbers in the place of activations: which row is drawn.
        var rows = buffer.Peek(8000);
        rows.copy_(torch.arange(8000).to(ScalarType.Float32).unsqueeze(1).expand(8000, 8));
        var drawn = Numbers(4);
        Assert.NotEqual(drawn.Order(), drawn);
        var distinct = drawn.ToHashSet();
        Assert.Equal(4000, distinct.Count);
        buffer.Next();
        var kept = rows.select(1, 0).Values<float>();
        for (var row = 0; row < 8000; row++) Assert.Equal(!distinct.Contains(row), kept[row] == row);

        List<float> Numbers(int batches) =>
            [.. Enumerable.Range(0, batches).SelectMany(_ => buffer.Next().select(1, 0).contiguous().Values<float>())];
    }

    [Fact]
    public void Activations_are_those_of_the_model_without_the_first_position()
    {
        using var model = Model();
        using var buffer = new ActivationBuffer(model, _tokens, _options, 3);
        var rows = buffer.Peek(5);
        var batch = new BatchSampler(_tokens, 682, 6, KeyedRandom.DeriveSeed(3, "autoencoder", "windows")).At(0);
        Tensor? value = null;
        using var ids = torch.tensor(batch.Inputs[..6], [1, 6]);
        using (torch.no_grad())
        {
            model.Forward(ids, tap: (name, found) =>
            {
                if (name == "1.resid_in") value = found.clone().DetachFromDisposeScope();
                return found;
            });
        }
        using (value) GoldenModel.AssertClose(value!.squeeze(0).narrow(0, 1, 5), rows, "activations", 1e-5);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(23)]
    public void Batches_behind_any_place_are_the_same_bits_without_those_before(int place)
    {
        using var model = Model();
        using var whole = new ActivationBuffer(model, _tokens, _options, 3);
        var (_, rms) = whole.Measure();
        whole.Normalise(rms);
        for (var i = 0; i < place; i++) whole.Next().Dispose();
        using var resumed = new ActivationBuffer(model, _tokens, _options, 3);
        resumed.Normalise(rms);
        resumed.Seek(place);
        for (var i = 0; i < 6; i++) Assert.True(whole.Next().IsSame(resumed.Next()), $"batch {place + i}");
    }

    [Fact]
    public void The_mean_and_the_root_mean_square_are_in_the_activations_own_units()
    {
        using var model = Model();
        using var buffer = new ActivationBuffer(model, _tokens, _options, 3);
        var (mean, rms) = buffer.Measure();
        var all = buffer.Peek(8000).to(ScalarType.Float64);
        Assert.Equal(Math.Sqrt(all.square().mean().ToDouble()), rms, 1e-9);
        Near(all.mean([0]).Values<double>(), mean, 1e-9);
        buffer.Normalise(rms);
        Assert.Equal(1, buffer.Peek(8000).square().mean().ToDouble(), 1e-5);
    }

    private static Transformer Model()
    {
        var model = TinyModel.Create();
        foreach (var parameter in model.Parameters) parameter.Value.requires_grad_(false);
        return model;
    }
}
