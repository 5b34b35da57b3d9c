namespace Sweeps.ModelCore.Torch;

/// <summary>Element types, numbered as in libtorch.</summary>
public enum ScalarType : sbyte
{
    /// <summary>unsigned 8 bits</summary>
    Byte = 0,

    /// <summary>signed 8 bits</summary>
    Int8 = 1,

    /// <summary>signed 16 bits</summary>
    Int16 = 2,

    /// <summary>signed 32 bits</summary>
    Int32 = 3,

    /// <summary>signed 64 bits; the type of indices</summary>
    Int64 = 4,

    /// <summary>IEEE half</summary>
    Float16 = 5,

    /// <summary>IEEE single; the default</summary>
    Float32 = 6,

    /// <summary>IEEE double</summary>
    Float64 = 7,

    /// <summary>one byte, 0 or 1</summary>
    Bool = 11,

    /// <summary>the upper 16 bits of a single</summary>
    BFloat16 = 15,
}

/// <summary>Facts about element types.</summary>
public static class ScalarTypes
{
    /// <summary>Bytes per element.</summary>
    public static int ElementSize(this ScalarType type) => type switch
    {
        ScalarType.Byte or ScalarType.Int8 or ScalarType.Bool => 1,
        ScalarType.Int16 or ScalarType.Float16 or ScalarType.BFloat16 => 2,
        ScalarType.Int32 or ScalarType.Float32 => 4,
        ScalarType.Int64 or ScalarType.Float64 => 8,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, "unknown element type"),
    };

    /// <summary>Whether the type holds real numbers, so that gradients make sense.</summary>
    public static bool IsFloatingPoint(this ScalarType type)
        => type is ScalarType.Float16 or ScalarType.Float32 or ScalarType.Float64 or ScalarType.BFloat16;

    /// <summary>The element type that a C# type is stored as. <see cref="ushort"/> stands for the raw bits of a bfloat16.</summary>
    /// <exception cref="NotSupportedException">no tensor has such elements</exception>
    public static ScalarType Of<T>() where T : unmanaged
    {
        if (typeof(T) == typeof(float)) return ScalarType.Float32;
        if (typeof(T) == typeof(double)) return ScalarType.Float64;
        if (typeof(T) == typeof(long)) return ScalarType.Int64;
        if (typeof(T) == typeof(int)) return ScalarType.Int32;
        if (typeof(T) == typeof(short)) return ScalarType.Int16;
        if (typeof(T) == typeof(sbyte)) return ScalarType.Int8;
        if (typeof(T) == typeof(byte)) return ScalarType.Byte;
        if (typeof(T) == typeof(bool)) return ScalarType.Bool;
        if (typeof(T) == typeof(Half)) return ScalarType.Float16;
        if (typeof(T) == typeof(ushort)) return ScalarType.BFloat16;
        throw new NotSupportedException($"no tensor has elements of type {typeof(T).Name}");
    }
}
