using Sweeps.ModelCore.Torch;

namespace Sweeps.ModelCore.Tests.Torch;

public class CreationTests : TorchTest
{
    [Fact]
    public void Constants_and_sequences()
    {
        Near([0, 0], torch.zeros(2));
        Near([1, 1], torch.ones(2));
        Near([2.5, 2.5], torch.full([2], 2.5));
        Near([0, 2, 4], torch.arange(0, 6, 2));
        Assert.Equal(ScalarType.Int64, torch.arange(3).dtype);
        Assert.Equal(ScalarType.Float32, torch.arange(3.0).dtype);
        Near([1, 0, 0, 1], torch.eye(2));
        Assert.Equal(ScalarType.BFloat16, torch.ones_like(torch.zeros([2], ScalarType.BFloat16)).dtype);
        Assert.True(torch.zeros([1], requires_grad: true).requires_grad);
    }

    [Fact]
    public void Elements_come_back_as_they_went_in()
    {
        Assert.Equal([1.5f, -2], torch.tensor([1.5f, -2]).data<float>());
        Assert.Equal([1.5, -2], torch.tensor([1.5, -2]).data<double>());
        Assert.Equal([1L << 60], torch.tensor([1L << 60]).data<long>());
        Assert.Equal([7], torch.tensor([7]).data<int>());
        Assert.Equal([true, false], torch.tensor([true, false]).data<bool>());
        Assert.Equal([(Half)1.5], torch.tensor([1.5f]).to(ScalarType.Float16).data<Half>());
        Assert.Equal([(ushort)0x3fc0], torch.tensor([1.5f]).to(ScalarType.BFloat16).data<ushort>());
        Assert.Equal(3, torch.tensor(3.9).ToInt64());
        Assert.Equal(2.5f, torch.tensor(2.5f).item<float>());
        Assert.Equal([9f, 8], torch.zeros(2).copy_from([9f, 8]).data<float>());
    }

    [Fact]
    public void A_generator_repeats_from_its_seed_and_goes_on_from_its_state()
    {
        using var generator = new torch.Generator(5);
        using var same = new torch.Generator(5);
        using var other = new torch.Generator(6);
        var first = torch.randn([10], generator: generator).data<float>();
        Assert.Equal(first, torch.randn([10], generator: same).data<float>());
        Assert.NotEqual(first, torch.randn([10], generator: other).data<float>());

        var state = generator.get_state();
        var then = Draw(generator);
        Assert.NotEqual(then, Draw(generator));
        generator.set_state(state);
        Assert.Equal(then, Draw(generator));
        generator.manual_seed(5);
        Assert.Equal(first, torch.randn([10], generator: generator).data<float>());
        Assert.Throws<TorchException>(() => generator.set_state([1, 2, 3]));

        static IEnumerable<double> Draw(torch.Generator g) =>
        [
            .. torch.rand([3], ScalarType.Float64, generator: g).data<double>(),
            .. torch.randn([3], ScalarType.Float64, generator: g).data<double>(),
            .. torch.randint(0, 1000, [3], ScalarType.Float64, generator: g).data<double>(),
            .. torch.randperm(20, ScalarType.Float64, generator: g).data<double>(),
            .. torch.zeros([3], ScalarType.Float64).normal_(generator: g).data<double>(),
            .. torch.zeros([3], ScalarType.Float64).uniform_(generator: g).data<double>(),
            .. torch.multinomial(torch.ones(50), 5, generator: g).@double().data<double>(),
        ];
    }

    [Fact]
    public void Random_numbers_have_their_distribution()
    {
        using var generator = new torch.Generator(1);
        var normal = torch.randn([10000], ScalarType.Float64, generator: generator);
        Near([0], normal.mean(), 0.05);
        Near([1], normal.std(), 0.05);
        var uniform = torch.rand([10000], generator: generator);
        Near([0.5], uniform.mean(), 0.02);
        Assert.True(uniform.min().ToDouble() >= 0 && uniform.max().ToDouble() < 1);
        Assert.Equal([0L, 1, 2], torch.randint(3, [100], generator: generator).data<long>().Distinct().Order());
    }

    [Fact]
    public void The_library_says_what_it_is()
    {
        var info = torch.BuildInfo.Read();
        Assert.Matches(@"^\d+\.\d+", info.Version);
        Assert.False(info.IsReferenceBlas, "matrix products run on the reference BLAS: install libopenblas0-openmp");
        torch.set_num_threads(1);
        Assert.Equal(1, torch.get_num_threads());
        Assert.Equal(torch.cuda.device_count() > 0, torch.cuda.is_available());
        Assert.Throws<ArgumentOutOfRangeException>(() => torch.set_num_threads(0));
    }
}
