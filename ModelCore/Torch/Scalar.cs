using System.Runtime.InteropServices;

namespace Sweeps.ModelCore.Torch;

/// <summary>A number for a tensor operation; converts from C#'s number types.</summary>
[StructLayout(LayoutKind.Sequential)]
public readonly struct Scalar
{
    private readonly long _bits;
    private readonly long _kind; // 0 none, 1 floating point, 2 integer, 3 boolean

    private Scalar(long bits, long kind)
    {
        _bits = bits;
        _kind = kind;
    }

    internal bool IsFloatingPoint => _kind == 1;

    internal static Scalar From(double? value) => value is { } x ? x : default(Scalar);

    /// <summary>Floating point.</summary>
    public static implicit operator Scalar(double value) => new(BitConverter.DoubleToInt64Bits(value), 1);

    /// <summary>Floating point.</summary>
    public static implicit operator Scalar(float value) => (double)value;

    /// <summary>Integer.</summary>
    public static implicit operator Scalar(long value) => new(value, 2);

    /// <summary>Integer.</summary>
    public static implicit operator Scalar(int value) => new(value, 2);

    /// <summary>Boolean.</summary>
    public static implicit operator Scalar(bool value) => new(value ? 1 : 0, 3);
}
