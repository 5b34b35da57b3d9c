using Sweeps.ModelCore.Tests.Torch;
using Sweeps.ModelCore.Training;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Training;

public sealed class WeightProjectionTests : TorchTest
{
    /// <summary>A matrix, a density and a floor; among the values many equal ones and many zeros, as training meets them.</summary>
    public static TheoryData<ulong> Seeds => [.. Enumerable.Range(0, 60).Select(i => (ulong)i)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public void Exactly_the_target_number_of_the_largest_entries_stays_and_every_unit_keeps_its_floor(ulong seed)
    {
        var random = new KeyedRandom(seed, "projection");
        int rows = 1 + random.Next(20), columns = 1 + random.Next(20), floor = random.Next(6);
        int? axis = random.Next(3) switch { 0 => 0, 1 => 1, _ => null };
        var density = random.Next(4) switch { 0 => 0.0, 1 => 1.0, _ => random.NextDouble() };
        var coarse = random.Next(2) == 0;
        var values = new float[rows * columns];
        for (var i = 0; i < values.Length; i++) values[i] = coarse ? random.Next(7) - 3 : (float)random.NextGaussian();

        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor(values, [rows, columns]);
        WeightProjection.Apply(weight, density, axis, floor);
        var kept = weight.Values<float>();

        var target = WeightProjection.TargetNonzeros([rows, columns], density, axis, floor);
        Assert.All(
            Enumerable.Range(0, kept.Length), i => Assert.True(kept[i] == values[i] || (kept[i] == 0 && !float.IsNegative(kept[i]))));
        // Zeros among the values may be among those that stay: then fewer are nonzero, never more.
        var nonzero = kept.Count(v => v != 0);
        Assert.True(nonzero <= target, $"{nonzero} nonzeros, target {target}");
        if (!coarse) Assert.Equal(target, nonzero);
        Assert.Equal(Expected(values, rows, columns, target, axis, floor).AsEnumerable(), kept.Select(Math.Abs).OrderDescending());
    }

    [Theory]
    [InlineData(0.5, 32)]
    [InlineData(1, 64)]
    [InlineData(0.125, 16)]
    [InlineData(0.01, 16)]
    public void The_budget_is_the_floor_of_numel_times_density_unless_the_units_need_more(double density, long expected) =>
        Assert.Equal(expected, WeightProjection.TargetNonzeros([4, 16], density, 0, 4));

    [Fact]
    public void A_unit_with_fewer_entries_than_the_floor_keeps_them_all() =>
        Assert.Equal(20, WeightProjection.TargetNonzeros([2, 10], 0, 1, 4));

    [Fact]
    public void Gradients_do_not_see_the_projection()
    {
        using var scope = torch.NewDisposeScope();
        var weight = torch.tensor(new float[] { 1, -3, 2, 0.5f }).requires_grad_();
        WeightProjection.Apply(weight, 0.5, null, 4);
        Assert.Equal([0, -3, 2, 0], weight.Values<float>());
        (weight * 2).sum().backward();
        Assert.Equal([2, 2, 2, 2], weight.grad!.Values<float>());
    }

    // The magnitudes that stay, by plain sorting: the floor's first, then the largest of the rest.
    private static float[] Expected(float[] values, int rows, int columns, long target, int? axis, int floor)
    {
        var left = values.Select(Math.Abs).ToArray();
        var stay = new List<float>();
        var units = axis switch
        {
            0 => Enumerable.Range(0, rows).Select(r => Enumerable.Range(0, columns).Select(c => (r * columns) + c)),
            1 => Enumerable.Range(0, columns).Select(c => Enumerable.Range(0, rows).Select(r => (r * columns) + c)),
            _ => [],
        };
        foreach (var unit in units)
        {
            foreach (var i in unit.OrderByDescending(i => left[i]).Take(floor).ToList())
            {
                stay.Add(left[i]);
                left[i] = -1;
            }
        }
        stay.AddRange(left.Where(v => v >= 0).OrderDescending().Take((int)(target - stay.Count)));
        return [.. stay.Concat(Enumerable.Repeat(0f, values.Length - stay.Count)).OrderDescending()];
    }
}
