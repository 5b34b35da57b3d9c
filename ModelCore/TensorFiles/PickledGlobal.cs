using static TorchSharp.torch;

namespace Sweeps.ModelCore.TensorFiles;

/// <summary>The Python names that a file of tensors may refer to, each with its meaning here. There is no way to any other.</summary>
internal sealed record PickledGlobal(string Name, ScalarType? Storage = null)
{
    private static readonly Dictionary<string, PickledGlobal> s_known = new PickledGlobal[]
    {
        new("collections.OrderedDict"),
        new("torch.Size"),
        new("torch.device"),
        new("torch._utils._rebuild_tensor_v2"),
        new("torch._utils._rebuild_parameter"),
        // Types as values, in configs beside tensors.
        new("torch.float32"), new("torch.float64"), new("torch.float16"), new("torch.bfloat16"), new("torch.int64"), new(
            "torch.int32"), new("torch.bool"),
        new("torch.FloatStorage", ScalarType.Float32),
        new("torch.DoubleStorage", ScalarType.Float64),
        new("torch.HalfStorage", ScalarType.Float16),
        new("torch.BFloat16Storage", ScalarType.BFloat16),
        new("torch.LongStorage", ScalarType.Int64),
        new("torch.IntStorage", ScalarType.Int32),
        new("torch.ShortStorage", ScalarType.Int16),
        new("torch.CharStorage", ScalarType.Int8),
        new("torch.ByteStorage", ScalarType.Byte),
        new("torch.BoolStorage", ScalarType.Bool),
    }.ToDictionary(global => global.Name);

    /// <exception cref="InvalidDataException">the name is not among those known here</exception>
    internal static PickledGlobal Find(string module, string name) => s_known.TryGetValue($"{module}.{name}", out var known)
        ? known
        : throw new InvalidDataException($"it refers to {module}.{name}, which is refused: only containers of tensors are read");

    internal object Call(object?[] arguments, TorchStorages storages) => (Name, arguments) switch
    {
        ("collections.OrderedDict", []) => new OrderedDictionary<object, object?>(),
        ("torch.Size", [object?[] lengths]) => lengths,
        ("torch.device", [string type]) => type,
        ("torch.device", [string type, long index]) => $"{type}:{index}",
        ("torch._utils._rebuild_tensor_v2", [TorchStorages.Storage storage, long offset, object?[] shape, object?[] strides, ..])
            => storages.Tensor(storage, offset, Longs(shape), Longs(strides)),
        ("torch._utils._rebuild_parameter", [Tensor tensor, ..]) => tensor,
        _ => throw new InvalidDataException($"it calls {Name} with arguments of unexpected number or types"),
    };

    private static long[] Longs(object?[] items) =>
        Array.ConvertAll(
            items,
            item =>
                item as long?
                    ?? throw new InvalidDataException($"a shape or stride has {item?.GetType().Name ?? "None"}, expected whole numbers"));
}
