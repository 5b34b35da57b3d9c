using Mono.Cecil;
using Mono.Cecil.Cil;
using Sweeps.ModelCore.Kernels;
using TorchSharp;

namespace Sweeps.ModelCore.Tests.Torch;

/// <summary>
/// C# converts the constant 0 to any enumeration: <c>x.sum(0)</c> is the sum of everything as bytes, not that along the first dimension,
/// which is <c>x.sum([0])</c>.
/// </summary>
public class SumOverloadTests
{
    public static TheoryData<string> Assemblies => [.. new[] { typeof(Memory), typeof(SumOverloadTests) }.Select(t => t.Assembly.Location)];

    [Theory]
    [MemberData(nameof(Assemblies))]
    public void Nothing_takes_the_dimension_0_for_the_type_of_a_sum(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(assembly);
        Assert.Empty(
            from type in module.GetTypes()
            where !type.FullName.Contains(nameof(SumOverloadTests), StringComparison.Ordinal)
            from method in type.Methods
            where HasSumOfType0(method)
            select method.FullName);
    }

    [Fact]
    public void A_sum_of_type_0_is_seen_and_others_are_not()
    {
        using var module = ModuleDefinition.ReadModule(typeof(SumOverloadTests).Assembly.Location);
        bool Seen(string name) => HasSumOfType0(module.GetType(typeof(SumOverloadTests).FullName).Methods.Single(m => m.Name == name));
        Assert.True(Seen(nameof(SumOfBytes)));
        Assert.True(Seen(nameof(ProductOfBytes)));
        Assert.False(Seen(nameof(OtherSums)));
    }

    private static torch.Tensor SumOfBytes(torch.Tensor x) => x.sum(0);

    private static torch.Tensor ProductOfBytes(torch.Tensor x) => torch.prod(x, 0);

    private static torch.Tensor OtherSums(torch.Tensor x) => x.sum([0]) + x.sum() + x.sum(1) + x.sum([0], type: 0) + x.prod(torch.float64);

    // The constant, the Nullable around it, and at once the call: other overloads' last argument comes after a first.
    private static bool HasSumOfType0(MethodDefinition method) => method.HasBody && method.Body.Instructions.Any(
        call => call.Operand is MethodReference { Name: "sum" or "prod", Parameters: { Count: > 0 } parameters } called
            && called.DeclaringType.FullName.StartsWith("TorchSharp.", StringComparison.Ordinal)
            && parameters.Count == (called.HasThis ? 1 : 2)
            && call.Previous is { OpCode.Code: Code.Newobj, Previous.OpCode.Code: Code.Ldc_I4_0 });
}
